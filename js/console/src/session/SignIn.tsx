import { Button, Center, Code, Image, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, told } from "../api/client";
import { sessionKey } from "../api/queries";
import mark from "../frame/mark.svg";

/** Asks for a key, once. */
export function SignIn() {
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const signIn = api.useMutation("post", "/v1/session", {
    onSuccess: (session) => queries.setQueryData(sessionKey, session),
  });
  const said = signIn.error && told(signIn.error);
  const problem = said && (said.code === "unauthorized" ? "No key like this is known, or it was taken back. Check that you have copied all of it." : said.message);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={420}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate({ body: { key } });
          }}
        >
          <Stack>
            <Image src={mark} alt="" w={40} h={40} />
            <Title order={1}>Sign in to Selvedge</Title>
            <Text c="dimmed">
              With your key. Whoever runs this edge makes one for you under “Access”. The first one is the deployment's own; a demo
              keeps it in <Code>.selvedge/admin-key</Code>.
            </Text>
            <PasswordInput
              label="Key"
              name="key"
              autoComplete="current-password"
              required
              autoFocus
              value={key}
              error={problem}
              onChange={(event) => setKey(event.currentTarget.value)}
            />
            <Button type="submit" loading={signIn.isPending}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
