import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import type { PushedImage } from "@/api/deploying";
import { levelSearch } from "@/lib/level";
import { shortDigest } from "@/lib/words";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { DeployButton } from "@/connected/deploy-button";
import classes from "./images.module.css";
import { notLevelIn, proposalIn, whyTone, type ImageQuestion } from "./model";
import { whyQuery } from "./queries";

interface WhyProps {
  application: string;
  environment: string;
  asked: ImageQuestion | undefined;
  onAsk: (asked: ImageQuestion | undefined) => void;
  onDeploy: (image: PushedImage) => void;
}

/** Explains the status of any tag in this environment, including tags that were never pushed. */
export function WhyQuestion({ application, environment, asked, onAsk, onDeploy }: WhyProps) {
  const [draft, setDraft] = useState(asked?.tag ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const tag = draft.trim();
    onAsk(tag ? { tag } : undefined);
  };
  return (
    <>
      <form className={classes.ask} onSubmit={submit}>
        <TextInput
          label="Why is a tag not deployed?"
          placeholder="Tag, such as 1.4.2"
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Button type="submit" variant="default">
          Explain
        </Button>
      </form>
      <div className={classes.answer} role="status">
        {asked ? (
          <Answer application={application} environment={environment} asked={asked} onDeploy={onDeploy} />
        ) : null}
      </div>
    </>
  );
}

function Answer({ application, environment, asked, onDeploy }: Omit<WhyProps, "onAsk"> & { asked: ImageQuestion }) {
  const query = useQuery(whyQuery(application, environment, asked));
  const named = asked.digest ? `${asked.tag} (${shortDigest(asked.digest)})` : asked.tag;
  const container = useRef<HTMLDivElement>(null);
  const loaded = query.data !== undefined;
  // The question may come from a row of the table that is far above.
  useEffect(() => {
    if (loaded) container.current?.scrollIntoView({ block: "nearest" });
  }, [loaded]);
  return (
    <div ref={container} className={classes.explanation}>
      <Loaded query={query} what="the explanation">
        {({ code, sentence, details, image }) => (
          <Note tone={whyTone[code]} title={`${named} in ${environment}`}>
            <p>{sentence}</p>
            {image?.offered ? (
              <DeployButton application={application} environment={environment} image={image} onDeploy={onDeploy} />
            ) : null}
            <ProposalLink proposal={proposalIn(details)} />
            {notLevelIn(details).map((cluster) => (
              <p key={cluster}>
                <Link to="/environments" search={levelSearch(environment, cluster)} underline="always">
                  Bring {cluster} level
                </Link>
              </p>
            ))}
            {image?.operation ? (
              <p>
                <Link to="/operations/$operation" params={{ operation: image.operation }} underline="always">
                  View the operation
                </Link>
              </p>
            ) : null}
          </Note>
        )}
      </Loaded>
    </div>
  );
}

/** What it waits for, where that is people's approval. */
function ProposalLink({ proposal }: { proposal: string | null }) {
  if (proposal === null) return null;
  return (
    <p>
      <Link to="/proposals/$proposal" params={{ proposal }} underline="always">
        View the proposal
      </Link>
    </p>
  );
}
