export interface paths {
    "/v1/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Events, and what is to be decided. */
        post: {
            parameters: {
                query?: {
                    results?: components["parameters"]["results"];
                    writeKey?: components["parameters"]["writeKey"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Batch"];
            responses: {
                200: components["responses"]["Taken"];
                400: components["responses"]["Error"];
                401: components["responses"]["Error"];
                429: components["responses"]["NotTaken"];
                503: components["responses"]["NotTaken"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/b": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Events, and what is to be decided. */
        post: {
            parameters: {
                query?: {
                    results?: components["parameters"]["results"];
                    writeKey?: components["parameters"]["writeKey"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Batch"];
            responses: {
                200: components["responses"]["Taken"];
                400: components["responses"]["Error"];
                401: components["responses"]["Error"];
                429: components["responses"]["NotTaken"];
                503: components["responses"]["NotTaken"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Events, and what is to be decided. */
        post: {
            parameters: {
                query?: {
                    results?: components["parameters"]["results"];
                    writeKey?: components["parameters"]["writeKey"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Batch"];
            responses: {
                200: components["responses"]["Taken"];
                400: components["responses"]["Error"];
                401: components["responses"]["Error"];
                429: components["responses"]["NotTaken"];
                503: components["responses"]["NotTaken"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/beacon/v1/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Events, and what is to be decided. */
        post: {
            parameters: {
                query?: {
                    results?: components["parameters"]["results"];
                    writeKey?: components["parameters"]["writeKey"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Batch"];
            responses: {
                200: components["responses"]["Taken"];
                400: components["responses"]["Error"];
                401: components["responses"]["Error"];
                429: components["responses"]["NotTaken"];
                503: components["responses"]["NotTaken"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** One event. */
        post: {
            parameters: {
                query?: {
                    results?: components["parameters"]["results"];
                    writeKey?: components["parameters"]["writeKey"];
                };
                header?: never;
                path: {
                    event: "track" | "identify" | "page" | "screen" | "group" | "alias" | "t" | "i" | "p" | "s" | "g" | "a" | "merge";
                };
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Event"];
            responses: {
                200: components["responses"]["Taken"];
                400: components["responses"]["Error"];
                401: components["responses"]["Error"];
                429: components["responses"]["NotTaken"];
                503: components["responses"]["NotTaken"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pixel/v1/{type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event, in the query of an image. */
        get: {
            parameters: {
                query?: {
                    /** @description The event's fields, or all of it as `data`: see [pixels](api.md#pixels). */
                    event?: {
                        [key: string]: string;
                    };
                };
                header?: never;
                path: {
                    type: components["schemas"]["EventType"];
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The image; with `results=1` what became of the event. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/gif": unknown;
                        "application/json": components["schemas"]["Taken"];
                    };
                };
                400: components["responses"]["Error"];
                401: components["responses"]["Error"];
                429: components["responses"]["NotTaken"];
                503: components["responses"]["NotTaken"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pixel/{type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event, in the query of an image. */
        get: {
            parameters: {
                query?: {
                    /** @description The event's fields, or all of it as `data`: see [pixels](api.md#pixels). */
                    event?: {
                        [key: string]: string;
                    };
                };
                header?: never;
                path: {
                    type: components["schemas"]["EventType"];
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The image; with `results=1` what became of the event. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/gif": unknown;
                        "application/json": components["schemas"]["Taken"];
                    };
                };
                400: components["responses"]["Error"];
                401: components["responses"]["Error"];
                429: components["responses"]["NotTaken"];
                503: components["responses"]["NotTaken"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decisions without events. */
        post: {
            parameters: {
                query?: {
                    results?: components["parameters"]["results"];
                    writeKey?: components["parameters"]["writeKey"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        placements: components["schemas"]["Placements"];
                        userId?: unknown;
                        anonymousId?: unknown;
                        identifiers?: Record<string, never>;
                        context?: unknown;
                        minConfig?: number;
                        writeKey?: string;
                        deviceToken?: string;
                        /** @description Of an admin: as it would be then. */
                        at?: string | null;
                    };
                };
            };
            responses: {
                /** @description The decisions; to an admin with `why`. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Taken"] | {
                            /** @constant */
                            success: true;
                            configVersion: number;
                            decisions: components["schemas"]["Decision"][];
                            why?: components["schemas"]["Trace"];
                        };
                    };
                };
                400: components["responses"]["Error"];
                401: components["responses"]["Error"];
                403: components["responses"]["Error"];
                429: components["responses"]["NotTaken"];
                503: components["responses"]["NotTaken"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{writeKey}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What Segment's clients ask before they start. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    writeKey: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Where to send. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            integrations: {
                                [key: string]: Record<string, never>;
                            };
                        };
                    };
                };
                401: components["responses"]["Error"];
                503: components["responses"]["Error"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sourceConfig": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What RudderStack's clients ask before they start. */
        get: {
            parameters: {
                query?: {
                    /** @description What clients say of themselves, and `writeKey`. */
                    client?: {
                        [key: string]: string;
                    };
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The source. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            source: Record<string, never>;
                        };
                    };
                };
                401: components["responses"]["Error"];
                503: components["responses"]["Error"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sourceConfig/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What RudderStack's clients ask before they start. */
        get: {
            parameters: {
                query?: {
                    /** @description What clients say of themselves, and `writeKey`. */
                    client?: {
                        [key: string]: string;
                    };
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The source. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            source: Record<string, never>;
                        };
                    };
                };
                401: components["responses"]["Error"];
                503: components["responses"]["Error"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/m": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What clients measure about themselves. */
        post: {
            parameters: {
                query?: {
                    any?: Record<string, never>;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: components["responses"]["Done"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rsaMetrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What clients measure about themselves. */
        post: {
            parameters: {
                query?: {
                    any?: Record<string, never>;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: components["responses"]["Done"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose session it is, or whose key. */
        get: operations["session"];
        put?: never;
        /** Exchanges a key for a session. */
        post: operations["signIn"];
        /** Ends it, in this browser. */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All keys, also those that were taken back. */
        get: operations["keys"];
        put?: never;
        /** Makes a key. */
        post: operations["makeKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a key back. */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/profiles/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One person, and a page of their timeline. */
        get: operations["profile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/profiles/{name}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything there is of a person. */
        get: operations["export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/profiles/{name}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Two profiles are one person's. */
        post: operations["merge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/profiles/{name}/unmerge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** One profile is two people's. */
        post: operations["unmerge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/profiles/{name}/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A person is forgotten. */
        post: operations["erase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identity/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Who some people would be under other rules. */
        post: operations["tryRules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Identifiers under quarantine. */
        get: operations["quarantine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Events may name it again. */
        post: operations["release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account, and a page of its members. */
        get: operations["account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/refusals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Links that the rules refused, newest first. */
        get: operations["refusals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/refusals/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many there are, by reason. */
        get: operations["refusalCounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/directory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Profiles in the order of their ids. */
        get: operations["directory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/directory/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many profiles and events there are. */
        get: operations["directoryCounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/directory/rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** One step of making it anew. */
        post: operations["rebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Manifests in the order of files' names. */
        get: operations["archive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/archive/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One file, as it is stored. */
        get: operations["archiveFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lines of the archive, to rebuild profiles from. */
        post: operations["replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the Queue could not deliver, oldest first. */
        get: operations["deadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts the oldest into the Queue again. */
        post: operations["redriveOldest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** One, with its message. */
        get: operations["deadLetter"];
        put?: never;
        post?: never;
        /** Lets it go. */
        delete: operations["dropDeadLetter"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts it into the Queue again. */
        post: operations["redrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The published files. */
        get: operations["config"];
        /** Publishes files. */
        put: operations["publish"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/config/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was published, newest first. */
        get: operations["versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/config/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                version: components["parameters"]["version"];
            };
            cookie?: never;
        };
        /** What was published as this version. */
        get: operations["version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/config/versions/{version}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                version: components["parameters"]["version"];
            };
            cookie?: never;
        };
        /** What a version changed. */
        get: operations["changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/config/versions/{version}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                version: components["parameters"]["version"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Publishes what an older version had, as a new one. */
        post: operations["restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/intake": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of what came in. */
        get: operations["intake"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the platform bills for, of one isolate. */
        get: operations["usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** That the edge answers. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It does. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": unknown;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Time: string;
        TimeOrNull: components["schemas"]["Time"] | null;
        /** @description The `cursor` of the next page; null on the last. */
        Next: string | null;
        /** @enum {unknown} */
        EventType: "page" | "track" | "identify" | "group" | "alias" | "screen";
        /** @description File name to content. */
        Files: {
            [key: string]: unknown;
        };
        Told: {
            code: string;
            message: string;
        };
        Error: {
            /** @constant */
            success: false;
            code: string;
            message: string;
        };
        FileError: {
            file: string;
            path: string;
            reason: string;
        };
        InvalidConfig: {
            /** @constant */
            success: false;
            /** @constant */
            code: "invalid_config";
            message: string;
            errors: components["schemas"]["FileError"][];
        };
        /** @enum {unknown} */
        Role: "viewer" | "editor" | "admin";
        Who: {
            /** @description Of the key. */
            name: string;
            role: components["schemas"]["Role"];
            rights: components["schemas"]["Right"][];
            until: components["schemas"]["TimeOrNull"];
        };
        /** @enum {unknown} */
        Right: "read_people" | "read_config" | "read_health" | "read_write_keys" | "publish" | "join_and_part" | "erase" | "operate" | "manage_keys";
        Key: {
            id: string;
            name: string;
            role: components["schemas"]["Role"];
            createdAt: components["schemas"]["Time"];
            createdBy: string;
            lastUsedAt: components["schemas"]["TimeOrNull"];
            revokedAt: components["schemas"]["TimeOrNull"];
        };
        Published: {
            version: number;
            hash: string;
            publishedAt: components["schemas"]["Time"];
            files: components["schemas"]["Files"];
        };
        /** @enum {unknown} */
        FileChange: "added" | "removed" | "changed";
        Version: {
            version: number;
            hash: string;
            publishedAt: components["schemas"]["Time"];
            by: string | null;
            /** @description The version that was gone back to. */
            restored: number | null;
            files: {
                file: string;
                change: components["schemas"]["FileChange"];
            }[] | null;
        };
        Difference: {
            file: string;
            change: components["schemas"]["FileChange"];
            places: {
                path: string;
                before: unknown;
                after: unknown;
            }[];
        };
        ConfigChanged: {
            /** @constant */
            success: false;
            /** @constant */
            code: "config_changed";
            message: string;
            current: components["schemas"]["Version"];
            theirs: components["schemas"]["Difference"][];
            mine: components["schemas"]["Difference"][];
            files: components["schemas"]["Files"];
            conflicts: {
                file: string;
                path: string;
                /** @description `path` for programs: names of fields, and ids of entries of lists. */
                at: string[];
                before: unknown;
                theirs: unknown;
                mine: unknown;
            }[];
        };
        Placements: unknown[];
        Taken: {
            /** @constant */
            success: true;
            accepted: number;
            duplicate: number;
            rejected: number;
            configVersion?: number;
            results?: components["schemas"]["Result"][];
            /** @enum {unknown} */
            device?: "bound" | "unbound";
            deviceToken?: string;
            decisions?: components["schemas"]["Decision"][];
            /** @constant */
            code?: "too_many_events";
            message?: string;
        };
        Result: {
            messageId: string | null;
            /** @enum {unknown} */
            outcome: "accepted" | "duplicate" | "rejected" | "retry";
            code?: components["schemas"]["Reason"];
            message?: string;
            warning?: string;
            notIdentifiers?: {
                namespace: string;
                value: string;
                reason: string;
            }[];
            refused?: {
                id: string;
                reasons: string[];
            }[];
        };
        /** @enum {unknown} */
        Reason: "invalid_event" | "event_too_large" | "event_too_deep" | "unknown_type" | "invalid_message_id" | "no_user_anon_id" | "missing_event_name" | "missing_group_id" | "group_id_too_long" | "unproven_user_id" | "consent_denied" | "erased" | "past_retention";
        Decision: {
            id: string;
            placement: string;
            offer: string | null;
            variant: string | null;
            content: {
                /** @constant */
                type: "html";
                html: string;
            } | {
                /** @constant */
                type: "json";
                json: unknown;
            } | null;
            /** @enum {unknown} */
            reason: "audience" | "everybody" | "fallback" | "default" | "no_consent" | "unbound_device" | "unknown_person" | "unknown_placement" | "unavailable";
            token?: string | null;
            experiment?: string;
            propensity?: number | null;
        };
        /** @description [Why](offers.md#why). */
        Trace: {
            v: number;
            config: number;
            request: Record<string, never>;
            otherwise: string;
            answers: Record<string, never>;
            placements: Record<string, never>[];
        };
        Identifier: {
            namespace: string;
            value: string;
        };
        HeldIdentifier: {
            namespace: string;
            value: string;
            /** @constant */
            trust: "verified";
            /** @enum {unknown} */
            state: "active" | "retired" | "released";
            shared: {
                since: components["schemas"]["Time"];
                messageId: string;
            } | null;
            firstSeen: components["schemas"]["Time"];
            lastSeen: components["schemas"]["Time"];
            source: string | null;
            messageId: string;
        };
        Membership: {
            id: string;
            since: components["schemas"]["Time"];
            cause: string | null;
            how: components["schemas"]["How"];
        };
        /** @enum {unknown} */
        How: "event" | "time" | "definition" | "merge" | "replay";
        Period: {
            accountId: string;
            since: components["schemas"]["Time"];
            messageId: string;
            until: components["schemas"]["TimeOrNull"];
            untilMessageId: string | null;
        };
        Consent: {
            at: components["schemas"]["Time"];
            messageId: string;
            purposes: {
                analytics: boolean;
                personalisation: boolean;
                advertising: boolean;
                sale_or_share: boolean;
            };
        } | null;
        Product: {
            product_id: string;
            name?: string;
            brand?: string;
            category?: string;
            variant?: string;
            currency?: string;
            url?: string;
            image_url?: string;
            price?: number;
        };
        CartItem: components["schemas"]["Product"] & {
            quantity: number;
        };
        ViewedProduct: components["schemas"]["Product"] & {
            viewedAt: components["schemas"]["Time"];
        };
        /** @description [What it comes to](commerce.md#what-it-comes-to). */
        Computed: {
            events: number;
            orders: number;
            revenue: number;
            grossRevenue?: number;
            refunded?: number;
            averageOrder?: number | null;
            currency?: string | null;
            revenueByCurrency?: {
                [key: string]: number;
            };
            firstOrderAt?: components["schemas"]["TimeOrNull"];
            lastOrderAt?: components["schemas"]["TimeOrNull"];
            lastOrder?: Record<string, never> | null;
            cart: {
                cart_id: string | null;
                value: number;
                currency: string | null;
                quantity: number;
                updatedAt: components["schemas"]["TimeOrNull"];
                items: components["schemas"]["CartItem"][];
            };
            lastViewed: components["schemas"]["ViewedProduct"][];
            categories: {
                category: string;
                viewed: number;
                added: number;
                bought: number;
            }[];
        };
        Note: {
            namespace: string;
            value: string;
            messageId: string;
            at: components["schemas"]["Time"];
            reason: string;
            reasons: string[];
        };
        Merge: {
            /** @constant */
            kind: "merged";
            profileId: string;
            at: components["schemas"]["Time"];
            messageId: string;
            createdAt: components["schemas"]["Time"];
            identifiers: components["schemas"]["Identifier"][];
            before: components["schemas"]["Identifier"][] | null;
        };
        Parting: {
            /** @enum {unknown} */
            kind: "gave" | "given";
            profileId: string;
            at: components["schemas"]["Time"];
            identifiers: components["schemas"]["Identifier"][];
        };
        Declined: {
            /** @constant */
            kind: "declined";
            profileId: string;
        };
        /** @description An event as it was sent, and where and when it came in. */
        Event: {
            messageId: string;
            type: components["schemas"]["EventType"];
            timestamp: components["schemas"]["Time"];
            receivedAt: components["schemas"]["Time"];
            source: string;
            event?: unknown;
            properties?: unknown;
            traits?: unknown;
            context?: unknown;
        };
        Profile: {
            profileId: string;
            movedFrom?: string;
            createdAt: components["schemas"]["Time"];
            firstSeen: components["schemas"]["TimeOrNull"];
            lastSeen: components["schemas"]["TimeOrNull"];
            identifiers: components["schemas"]["HeldIdentifier"][];
            traits: {
                [key: string]: unknown;
            };
            /** @description When each trait was set, by which event, and from where while that is kept. */
            traitSources: {
                [key: string]: {
                    at: components["schemas"]["Time"];
                    messageId: string;
                    source: string | null;
                };
            };
            claimedTraits: {
                [key: string]: unknown;
            };
            accounts: components["schemas"]["Period"][];
            computed: components["schemas"]["Computed"];
            consent: components["schemas"]["Consent"];
            segments: components["schemas"]["Membership"][];
            segmentChanges: {
                segment: string;
                entered: boolean;
                at: components["schemas"]["Time"];
                messageId: string | null;
                how: components["schemas"]["How"];
            }[];
            pending: {
                /** @enum {unknown} */
                how: "shown" | "renames" | "retired" | "remember" | "again" | "plan" | "hand";
                at: components["schemas"]["Time"];
                messageId: string;
                id?: components["schemas"]["Identifier"];
            }[];
            claimed: {
                namespace: string;
                value: string;
                messageId: string;
                at: components["schemas"]["Time"];
                events: number;
            }[];
            refusals: components["schemas"]["Note"][];
            refusalsBeyond: number;
            notIdentifiers: components["schemas"]["Note"][];
            lateConflicts: components["schemas"]["Note"][];
            lateConflictsBeyond: number;
            conflicts: number;
            merges: components["schemas"]["Merge"][];
            ledger: (components["schemas"]["Merge"] | components["schemas"]["Parting"] | components["schemas"]["Declined"])[];
            neverMerge: {
                left: components["schemas"]["Identifier"][];
                right: components["schemas"]["Identifier"][];
            }[];
            configVersion: number;
            timeline: {
                events: components["schemas"]["Event"][];
                next: components["schemas"]["Next"];
            };
        };
        Heard: {
            /** @constant */
            success: true;
            profileId: string;
            messageId: string;
        };
        Receipt: {
            id: string;
            profileId: string;
            /** @enum {unknown} */
            status: "under_way" | "done";
            requestedAt: components["schemas"]["Time"];
            erasedAt: components["schemas"]["TimeOrNull"];
            identifiers: number | null;
            events: number | null;
        };
        DryRun: {
            before: components["schemas"]["Person"][];
            after: components["schemas"]["Person"][];
            changed: string[];
            tooBig: string[];
            beyond: {
                /** @enum {unknown} */
                bound: "profiles" | "events" | "identifiers";
                most: number;
                message: string;
            } | null;
        };
        /** @description A person as they are, or would be. */
        Person: {
            profileId: string | null;
            profiles: string[];
            events: number | null;
            expired?: number;
            identifiers: components["schemas"]["HeldIdentifier"][];
            firstSeen: components["schemas"]["TimeOrNull"];
            lastSeen: components["schemas"]["TimeOrNull"];
            traits: {
                [key: string]: unknown;
            };
            claimedTraits: {
                [key: string]: unknown;
            };
            accounts: components["schemas"]["Period"][];
            computed: components["schemas"]["Computed"];
            consent: components["schemas"]["Consent"];
            segments: components["schemas"]["Membership"][];
            refusals: {
                id: string;
                reasons: string[];
                messageId: string;
                at: components["schemas"]["Time"];
            }[];
            entered?: string[];
            left?: string[];
        };
        Account: {
            accountId: string;
            firstSeen: components["schemas"]["TimeOrNull"];
            lastSeen: components["schemas"]["TimeOrNull"];
            events: number;
            traits: {
                [key: string]: unknown;
            };
            computed: {
                [key: string]: number | string | null;
            };
            full: boolean;
            members: {
                profileId: string;
                at: components["schemas"]["TimeOrNull"];
                messageId: string | null;
            }[];
            next: components["schemas"]["Next"];
            configVersion: number;
        };
        Row: {
            profileId: string;
            /** @enum {unknown} */
            home: "live" | "forwarding" | "erased";
            to: string | null;
            createdAt: components["schemas"]["TimeOrNull"];
            lastSeen: components["schemas"]["TimeOrNull"];
            events: number;
            identifiers: number;
            segments: string[];
            refusals: number;
            lateConflicts: number;
        };
        /** @description [A manifest](archive.md#a-manifest). */
        Manifest: {
            v: number;
            file: string;
            /** @constant */
            format: "ndjson.gz";
            lineVersion: number;
            lines: number;
            bytes: number;
            sha256: string;
            minReceivedAt: components["schemas"]["Time"];
            maxReceivedAt: components["schemas"]["Time"];
        };
        Replayed: {
            success: boolean;
            accepted: number;
            duplicate: number;
            rejected: number;
            results: (components["schemas"]["Result"] | {
                id: string;
                /** @enum {unknown} */
                outcome: "rejected" | "retry";
                /** @enum {unknown} */
                code: "nobody" | "profile_busy";
            })[];
        };
        DeadLetter: {
            v: number;
            id: string;
            queue: string;
            sentAt: components["schemas"]["Time"];
            keptAt: components["schemas"]["Time"];
            bytes: number;
            body?: string;
        };
    };
    responses: {
        /** @description Every event has its outcome. */
        Taken: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Taken"];
            };
        };
        /** @description For later: send it again. */
        NotTaken: {
            headers: {
                "retry-after": number;
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @constant */
                    success: false;
                    code: string;
                    message: string;
                    accepted?: number;
                    duplicate?: number;
                    rejected?: number;
                    results?: components["schemas"]["Result"][];
                    configVersion?: number;
                    /** @enum {unknown} */
                    device?: "bound" | "unbound";
                    deviceToken?: string;
                    decisions?: components["schemas"]["Decision"][];
                };
            };
        };
        /** @description [Errors](api.md#errors). */
        Error: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Done. */
        Done: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @constant */
                    success: true;
                };
            };
        };
    };
    parameters: {
        /** @description `namespace:value`, or `id:` and a profile id. */
        name: string;
        limit: number;
        version: number;
        /** @description `next` of the page before. */
        cursor: string;
        results: string;
        writeKey: string;
    };
    requestBodies: {
        Batch: {
            content: {
                "application/json": {
                    batch: unknown[];
                    writeKey?: unknown;
                    sentAt?: unknown;
                    context?: unknown;
                    integrations?: unknown;
                    anonymousId?: unknown;
                    decide?: unknown;
                    minConfig?: unknown;
                    deviceToken?: unknown;
                };
            };
        };
        Event: {
            content: {
                "application/json": Record<string, never>;
            };
        };
    };
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Who"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    key: string;
                };
            };
        };
        responses: {
            /** @description The session; the cookie is set. */
            200: {
                headers: {
                    "set-cookie": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Who"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Done"];
        };
    };
    keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: components["schemas"]["Key"][];
                    };
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    makeKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    role: components["schemas"]["Role"];
                };
            };
        };
        responses: {
            /** @description The key: its text is nowhere else. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        key: string;
                        made: components["schemas"]["Key"];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is good for nothing any more, nor is any session of it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        revoked: components["schemas"]["Key"];
                    };
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    profile: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["cursor"];
                /** @description Only events of this type. */
                type?: components["schemas"]["EventType"];
                /** @description Only what was tracked under this name. */
                event?: string;
                /** @description Only what this source sent. */
                source?: string;
            };
            header?: never;
            path: {
                /** @description `namespace:value`, or `id:` and a profile id. */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The profile. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            /** @description Nobody has this name. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: components["schemas"]["Told"];
                    };
                };
            };
            /** @description Whoever had this name was erased. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        erased: true;
                        receipt: components["schemas"]["Receipt"] | null;
                        error: components["schemas"]["Told"];
                    };
                };
            };
            503: components["responses"]["Error"];
        };
    };
    export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace:value`, or `id:` and a profile id. */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The profile and all its events, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        exportedAt: components["schemas"]["Time"];
                        /** @description A profile without its timeline. */
                        profile: Record<string, never>;
                        events: components["schemas"]["Event"][];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            410: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    merge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace:value`, or `id:` and a profile id. */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Another name. */
                    with: string;
                    dryRun?: boolean;
                };
            };
        };
        responses: {
            /** @description Heard; or, of a dry run, what would be. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Heard"] | components["schemas"]["DryRun"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            410: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    unmerge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace:value`, or `id:` and a profile id. */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Of an entry of `merges`. */
                    messageId?: string | null;
                    left?: string[];
                    right?: string[];
                    dryRun?: boolean;
                };
            };
        };
        responses: {
            /** @description Heard; or, of a dry run, what would be. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Heard"] | components["schemas"]["DryRun"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            410: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    erase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace:value`, or `id:` and a profile id. */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    dryRun?: boolean;
                };
            };
        };
        responses: {
            /** @description The receipt; or, of a dry run, who would go. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        receipt: components["schemas"]["Receipt"];
                    } | components["schemas"]["DryRun"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            410: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    tryRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description As `identity.json`. */
                    rules: unknown;
                    profiles: string[];
                };
            };
        };
        responses: {
            /** @description What would be. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRun"];
                };
            };
            /** @description The request or the rules can't be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] | components["schemas"]["InvalidConfig"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            409: components["responses"]["Error"];
            410: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    quarantine: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        quarantined: {
                            namespace: string;
                            value: string;
                            at: components["schemas"]["Time"];
                        }[];
                    };
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    release: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                    dryRun?: boolean;
                };
            };
        };
        responses: {
            /** @description Done; or, of a dry run, whom it concerns. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        changed: boolean;
                    } | {
                        quarantined: boolean;
                        owner: string | null;
                        claimants: string[];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    account: {
        parameters: {
            query?: {
                limit?: components["parameters"]["limit"];
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    refusals: {
        parameters: {
            query?: {
                reason?: string;
                namespace?: string;
                since?: string;
                limit?: components["parameters"]["limit"];
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        refusals: {
                            profileId: string;
                            namespace: string;
                            value: string;
                            reason: string;
                            messageId: string;
                            at: components["schemas"]["Time"];
                        }[];
                        next: components["schemas"]["Next"];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    refusalCounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        refusals: number;
                        reasons: {
                            [key: string]: number;
                        };
                    };
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    directory: {
        parameters: {
            query?: {
                home?: "live" | "forwarding" | "erased";
                limit?: components["parameters"]["limit"];
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        profiles: components["schemas"]["Row"][];
                        next: components["schemas"]["Next"];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    directoryCounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        profiles: {
                            live: number;
                            forwarding: number;
                            erased: number;
                        };
                        events: number;
                        refusals: number;
                        lateConflicts: number;
                    };
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    rebuild: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the step did. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        done: boolean;
                        cursor: components["schemas"]["Next"];
                        files: number;
                        events: number;
                        profiles: number;
                        unanswered: number;
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            409: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    archive: {
        parameters: {
            query?: {
                of?: "archive" | "words";
                limit?: components["parameters"]["limit"];
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        files: components["schemas"]["Manifest"][];
                        next: components["schemas"]["Next"];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    archiveFile: {
        parameters: {
            query: {
                name: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/gzip": unknown;
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    replay: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": unknown;
            };
        };
        responses: {
            /** @description What was not taken. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            /** @description Not all is durable: send the same again. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"] | components["schemas"]["Error"];
                };
            };
        };
    };
    deadLetters: {
        parameters: {
            query?: {
                limit?: components["parameters"]["limit"];
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deadLetters: components["schemas"]["DeadLetter"][];
                        next: components["schemas"]["Next"];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    redriveOldest: {
        parameters: {
            query?: {
                limit?: components["parameters"]["limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many, and whether there are more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        redriven: number;
                        more: boolean;
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    deadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The letter. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetter"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    dropDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Done"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    redrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        /** @constant */
                        redriven: 1;
                    };
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    config: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    publish: {
        parameters: {
            query?: {
                dryRun?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    files: components["schemas"]["Files"];
                    /** @description The version that they were made from. */
                    base?: number | null;
                };
            };
        };
        responses: {
            /** @description Published; or, of a dry run, that it could be. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        version: number;
                        hash: string;
                        changed: boolean;
                        warnings?: components["schemas"]["FileError"][];
                    } | {
                        /** @constant */
                        success: true;
                        /** @constant */
                        valid: true;
                        hash: string;
                        changes: components["schemas"]["Difference"][];
                        warnings?: components["schemas"]["FileError"][];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            /** @description Somebody else published since `base`; nothing was published. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigChanged"];
                };
            };
            /** @description It is wrong; nothing was published. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidConfig"];
                };
            };
            503: components["responses"]["Error"];
        };
    };
    versions: {
        parameters: {
            query?: {
                limit?: components["parameters"]["limit"];
                /** @description `next` of the page before. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        versions: components["schemas"]["Version"][];
                        next: components["schemas"]["Next"];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                version: components["parameters"]["version"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The files. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Published"];
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    changes: {
        parameters: {
            query?: {
                /** @description The version before it, if nothing is said. */
                since?: number;
            };
            header?: never;
            path: {
                version: components["parameters"]["version"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The differences. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        since: number;
                        version: number;
                        changes: components["schemas"]["Difference"][];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    restore: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                version: components["parameters"]["version"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The version that is to be replaced. */
                    base?: number | null;
                };
            };
        };
        responses: {
            /** @description Published; or, of a dry run, that it could be. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        version: number;
                        hash: string;
                        changed: boolean;
                        warnings?: components["schemas"]["FileError"][];
                    } | {
                        /** @constant */
                        success: true;
                        /** @constant */
                        valid: true;
                        hash: string;
                        changes: components["schemas"]["Difference"][];
                        warnings?: components["schemas"]["FileError"][];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            404: components["responses"]["Error"];
            /** @description Somebody else published since `base`; nothing was published. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigChanged"];
                };
            };
            /** @description It is wrong; nothing was published. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidConfig"];
                };
            };
            503: components["responses"]["Error"];
        };
    };
    intake: {
        parameters: {
            query?: {
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By hour, source and code. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        since: components["schemas"]["Time"];
                        intake: {
                            hour: components["schemas"]["Time"];
                            /** @description Null for requests that failed as a whole. */
                            source: string | null;
                            code: string;
                            /** @description What to do about it. */
                            message: string | null;
                            count: number;
                            last: components["schemas"]["Time"];
                        }[];
                    };
                };
            };
            400: components["responses"]["Error"];
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
            503: components["responses"]["Error"];
        };
    };
    usage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: number;
                    };
                };
            };
            401: components["responses"]["Error"];
            403: components["responses"]["Error"];
        };
    };
}
