import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";
import classes from "./light-link.module.css";

/**
 * A link within the console for tables of a thousand of them: its address is plain text, and nothing is prepared before it
 * is followed. Everywhere else `Link` is checked against the routes.
 */
export function LightLink({ href, className, children }: { href: string; className?: string; children: ReactNode }) {
  const router = useRouter();
  const follow = (event: MouseEvent) => {
    // A new tab or window is the browser's business.
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    event.preventDefault();
    router.history.push(href);
  };
  return (
    <a href={href} className={`${classes.link} ${className ?? ""}`} onClick={follow}>
      {children}
    </a>
  );
}
