import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { shortDigest } from "@/lib/words";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { DeployButton } from "@/connected/deploy-button";
import classes from "./images.module.css";
import { whyTone, type Asked } from "./model";
import { whyQuery } from "./queries";

interface WhyProps {
  application: string;
  environment: string;
  asked: Asked | undefined;
  onAsk: (asked: Asked | undefined) => void;
  onStarted: (operation: string) => void;
}

/** Answers for any tag, also one that never came, why it does not run here, or since when it does. */
export function WhyQuestion({ application, environment, asked, onAsk, onStarted }: WhyProps) {
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
          label="Why is it not deployed?"
          placeholder="A tag, such as 1.4.2"
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Button type="submit" variant="default">
          Ask
        </Button>
      </form>
      <div className={classes.answer} role="status">
        {asked ? (
          <Answer application={application} environment={environment} asked={asked} onStarted={onStarted} />
        ) : null}
      </div>
    </>
  );
}

function Answer({ application, environment, asked, onStarted }: Omit<WhyProps, "onAsk"> & { asked: Asked }) {
  const query = useQuery(whyQuery(application, environment, asked));
  const named = asked.digest ? `${asked.tag} (${shortDigest(asked.digest)})` : asked.tag;
  const sight = useRef<HTMLDivElement>(null);
  const there = query.data !== undefined;
  // Whoever asked from a line of the list looks elsewhere.
  useEffect(() => {
    if (there) sight.current?.scrollIntoView({ block: "nearest" });
  }, [there]);
  return (
    <div ref={sight} className={classes.sight}>
      <Loaded query={query} what="the answer">
        {({ code, sentence, image }) => (
          <Note tone={whyTone[code]} title={`${named} in ${environment}`}>
            <p>{sentence}</p>
            {image?.offered ? (
              <DeployButton application={application} environment={environment} image={image} onStarted={onStarted} />
            ) : null}
            {image?.operation ? (
              <p>
                <Link to="/operations/$operation" params={{ operation: image.operation }} underline="always">
                  See the operation
                </Link>
              </p>
            ) : null}
          </Note>
        )}
      </Loaded>
    </div>
  );
}
