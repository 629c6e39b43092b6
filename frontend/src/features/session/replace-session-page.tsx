import { Button, Group, Stack } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { Me } from "@/api/contract";
import { Wheel } from "@/ui/wordmark";
import classes from "./sign-in-page.module.css";

/**
 * Asks before a one-time link replaces a present session: whoever sends such a link could otherwise have somebody work under
 * the sender's name without noticing.
 */
export function ReplaceSessionPage({ me, onUse, onKeep }: { me: Me; onUse: () => void; onKeep: () => void }) {
  useDocumentTitle("Sign in · Stagecoach");
  return (
    <main className={classes.page}>
      <section className={classes.card} aria-labelledby="replace">
        <div className={classes.brand}>
          <Wheel size={40} turning={false} />
          <h1 id="replace">Sign in as somebody else?</h1>
        </div>
        <p className={classes.lead}>
          You are signed in as <strong>{me.name}</strong>. This link signs this browser in as whoever made it. If you
          did not make it yourself, stay signed in.
        </p>
        <Stack gap="md">
          <Group justify="flex-end">
            <Button variant="default" onClick={onKeep} data-autofocus>
              Stay signed in as {me.name}
            </Button>
            <Button onClick={onUse}>Use the link</Button>
          </Group>
        </Stack>
      </section>
    </main>
  );
}
