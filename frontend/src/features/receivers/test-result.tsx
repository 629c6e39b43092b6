import type { ReceiverTestResult } from "@/api/contract";
import { count } from "@/lib/words";
import { Note } from "@/ui/note";
import { StatusBadge } from "@/ui/status-badge";
import { verdictStatus } from "@/ui/statuses";
import { givenStatus } from "./model";
import classes from "./receivers.module.css";

/** The result of a test, in the order of processing: authentication, reported images, effect. */
export function TestResult({ tested, replayed }: { tested: ReceiverTestResult; replayed: boolean }) {
  const { proof, events, environments } = tested;
  const deploying = environments.filter((each) => each.would_deploy).length;
  const pushed = events.filter(({ image }) => image).length;
  return (
    <>
      <section>
        <h3>Authentication</h3>
        {replayed && proof.given === "none" ? null : <StatusBadge status={givenStatus[proof.given]} />}
        <p>{proof.sentence}</p>
        {replayed && proof.given === "none" ? (
          <p className={classes.dim}>
            Stagecoach does not store credentials with a delivery, so it cannot check them again.
          </p>
        ) : null}
        {proof.detail && !(replayed && proof.given === "none") ? <p className={classes.dim}>{proof.detail}</p> : null}
      </section>
      <section>
        <h3>Reported images</h3>
        {tested.unreadable ? <Note tone="bad">{tested.unreadable}</Note> : null}
        <ul className={classes.images}>
          {events.map((event, index) => (
            <li key={index}>
              {event.image ? (
                <>
                  <code>{event.image}</code>{" "}
                  {event.digest ? <code className={classes.dim}>{event.digest.slice(0, 19)}…</code> : null}
                </>
              ) : (
                <span className={classes.dim}>Ignored: {event.reason ?? event.ignored}</span>
              )}
            </li>
          ))}
        </ul>
        {events.length === 0 && !tested.unreadable ? (
          <p className={classes.dim}>The payload reports no images.</p>
        ) : null}
      </section>
      {pushed > 0 ? (
        <section>
          <h3>{deploying > 0 ? `${count(deploying, "container")} would get a new image` : "No deployment"}</h3>
          {environments.length === 0 ? (
            <p>No environment of this receiver's applications runs one of these repositories.</p>
          ) : (
            <ul className={classes.effects} aria-label="Effect on environments">
              {environments.map((effect) => (
                <li
                  key={`${effect.application} ${effect.environment} ${effect.workload.name} ${effect.container} ${effect.image}`}
                >
                  <div className={classes.effectHead}>
                    <strong>
                      {effect.application} in {effect.environment}
                    </strong>
                    {effect.would_deploy ? (
                      <StatusBadge status={{ label: "Would deploy", tone: "good", icon: "auto" }} />
                    ) : (
                      <StatusBadge status={verdictStatus[effect.verdict]} />
                    )}
                  </div>
                  <span className={classes.dim}>
                    {effect.workload.kind} {effect.workload.name}, container {effect.container}:{" "}
                    <code>{effect.image}</code>
                  </span>
                  {effect.reason ? <span>{effect.reason}</span> : null}
                </li>
              ))}
            </ul>
          )}
        </section>
      ) : null}
    </>
  );
}
