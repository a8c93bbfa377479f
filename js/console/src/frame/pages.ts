// The pages of the console. A new one stands here and in the router.

import {
  ActivityLogIcon, BarChartIcon, EyeOpenIcon, FileTextIcon, LightningBoltIcon, LockClosedIcon, MixerHorizontalIcon, PersonIcon, ReaderIcon, RocketIcon, StackIcon,
} from "@radix-ui/react-icons";
import type { Schema } from "../api/client";

interface Page {
  to: string;
  label: string;
  Icon: typeof PersonIcon;
  /** Who may not do this does not see it. */
  right: Schema<"Right">;
}

export const PAGES = [
  { to: "/live", label: "Live", Icon: LightningBoltIcon, right: "read_people" },
  { to: "/people", label: "People", Icon: PersonIcon, right: "read_people" },
  { to: "/audiences", label: "Audiences", Icon: MixerHorizontalIcon, right: "read_config" },
  { to: "/offers", label: "Offers", Icon: StackIcon, right: "read_config" },
  { to: "/preview", label: "Preview", Icon: EyeOpenIcon, right: "read_people" },
  { to: "/results", label: "Results", Icon: BarChartIcon, right: "read_config" },
  { to: "/sources", label: "Sources", Icon: RocketIcon, right: "read_config" },
  { to: "/config", label: "Config", Icon: FileTextIcon, right: "read_config" },
  { to: "/health", label: "Health", Icon: ActivityLogIcon, right: "read_health" },
  { to: "/access", label: "Access", Icon: LockClosedIcon, right: "manage_keys" },
  { to: "/record", label: "Record", Icon: ReaderIcon, right: "read_record" },
] as const satisfies Page[];
