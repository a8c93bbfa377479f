import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";

/** Asks for the name of something new, and for what else it needs. */
export function BeginDialog({ title, placeholder, mayBegin = true, begin, close, children }: {
  title: string;
  /** A name, as an example. */
  placeholder: string;
  /** Whether the rest is as it must be. */
  mayBegin?: boolean;
  begin: (name: string) => void;
  close: () => void;
  children: ReactNode;
}) {
  const [name, setName] = useState("");
  return (
    <Modal opened onClose={close} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          begin(name);
        }}
      >
        <Stack>
          <TextInput label="Name" placeholder={placeholder} required data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
          {children}
          <Group justify="flex-end"><Button type="submit" disabled={!name.trim() || !mayBegin}>Begin</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
