import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { DeployButton } from "@/ui/deploy-button";
import classes from "./images.module.css";
import { whyTone } from "./model";
import { whyQuery } from "./queries";

interface WhyProps {
  application: string;
  environment: string;
  /** The tag that is asked about. */
  tag: string | undefined;
  onAsk: (tag: string | undefined) => void;
  onStarted: (operation: string) => void;
}

/** Answers for any tag, also one that never came, why it does not run here, or since when it does. */
export function WhyQuestion({ application, environment, tag, onAsk, onStarted }: WhyProps) {
  const [draft, setDraft] = useState(tag ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAsk(draft.trim() || undefined);
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
        {tag ? <Answer application={application} environment={environment} tag={tag} onStarted={onStarted} /> : null}
      </div>
    </>
  );
}

function Answer({ application, environment, tag, onStarted }: Omit<WhyProps, "onAsk" | "tag"> & { tag: string }) {
  const query = useQuery(whyQuery(application, environment, tag));
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
          <Note tone={whyTone[code]} title={`${tag} in ${environment}`}>
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
