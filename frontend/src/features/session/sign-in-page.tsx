import { Button, PasswordInput, Stack } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useState, type FormEvent } from "react";
import { ProblemAlert } from "@/ui/problem-alert";
import { Wheel } from "@/ui/wordmark";
import { useSignIn } from "./mutations";
import { FailedSignInAlert, ProviderButtons, type FailedSignIn } from "./provider-buttons";
import classes from "./sign-in-page.module.css";

interface SignInPageProps {
  /** Why the one-time link failed; null without a link. */
  linkProblem: unknown;
  /** What went wrong at an OpenID provider; null if nothing did. */
  failed?: FailedSignIn | null;
  /** The page to return to. */
  returnTo?: string;
  onSignedIn: () => void;
}

export function SignInPage({ linkProblem, failed = null, returnTo, onSignedIn }: SignInPageProps) {
  useDocumentTitle("Sign in · Stagecoach");
  const [token, setToken] = useState("");
  const signIn = useSignIn();
  const error: unknown = signIn.error ?? linkProblem;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim()) signIn.mutate({ token: token.trim() }, { onSuccess: onSignedIn });
  };

  return (
    <main className={classes.page}>
      <div className={classes.scene} aria-hidden="true">
        <svg viewBox="0 0 400 120" preserveAspectRatio="xMidYMax slice">
          <path d="M0 92C70 92 80 60 150 60s90 36 160 30 70-24 90-26" />
          <circle cx="40" cy="87" r="4" />
          <circle cx="150" cy="60" r="4" />
          <circle cx="290" cy="91" r="4" />
        </svg>
      </div>
      <form className={classes.card} onSubmit={submit}>
        <div className={classes.brand}>
          <Wheel size={40} turning={signIn.isPending} />
          <h1>Stagecoach</h1>
        </div>
        <p className={classes.lead}>Carries an application from one environment to the next.</p>
        <Stack gap="md">
          {error ? <ProblemAlert error={error} /> : failed ? <FailedSignInAlert {...failed} /> : null}
          <ProviderButtons returnTo={returnTo} />
          <PasswordInput
            label="Access token"
            description="Begins with stg_, stgp_ or stgs_. The browser stores a session cookie, not the token."
            placeholder="stg_…"
            autoComplete="current-password"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": "Show the token" }}
            data-autofocus
            required
          />
          <Button type="submit" size="md" loading={signIn.isPending}>
            Sign in
          </Button>
        </Stack>
        <p className={classes.hint}>
          No token? <code>make run</code> prints a one-time sign-in link. For a shared installation, ask its
          administrator for a role, or for a token.
        </p>
      </form>
    </main>
  );
}
