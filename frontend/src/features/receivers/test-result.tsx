import type { ReceiverTestResult } from "@/api/contract";
import { count } from "@/lib/words";
import { Note } from "@/ui/note";
import { StatusBadge } from "@/ui/status-badge";
import { verdictStatus } from "@/ui/statuses";
import { givenStatus } from "./model";
import classes from "./receivers.module.css";

/** In the order of the delivery's way: proved, understood, decided. */
export function TestResult({ tested, replayed }: { tested: ReceiverTestResult; replayed: boolean }) {
  const { proof, events, environments } = tested;
  const deploying = environments.filter((each) => each.would_deploy).length;
  const pushed = events.filter(({ image }) => image).length;
  return (
    <>
      <section>
        <h3>The proof</h3>
        {replayed && proof.given === "none" ? null : <StatusBadge status={givenStatus[proof.given]} />}
        <p>{proof.sentence}</p>
        {replayed && proof.given === "none" ? (
          <p className={classes.dim}>A proof is never kept with a delivery, so it cannot be checked again.</p>
        ) : null}
        {proof.detail && !(replayed && proof.given === "none") ? <p className={classes.dim}>{proof.detail}</p> : null}
      </section>
      <section>
        <h3>What was understood</h3>
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
                <span className={classes.dim}>Not for us: {event.reason ?? event.ignored}</span>
              )}
            </li>
          ))}
        </ul>
        {events.length === 0 && !tested.unreadable ? <p className={classes.dim}>It reports nothing.</p> : null}
      </section>
      {pushed > 0 ? (
        <section>
          <h3>
            {deploying > 0
              ? `${count(deploying, "container")} would be given a new image`
              : "Nothing would be deployed"}
          </h3>
          {environments.length === 0 ? (
            <p>No environment of any application that this receiver is for runs one of these repositories.</p>
          ) : (
            <ul className={classes.effects} aria-label="What environments would do">
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
