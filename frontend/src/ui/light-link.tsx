import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";
import classes from "./light-link.module.css";

/**
 * A link within the console for tables with a thousand links: its address is plain text, and nothing is preloaded. Use
 * `Link` everywhere else: its address is checked against the routes.
 */
export function LightLink({ href, className, children }: { href: string; className?: string; children: ReactNode }) {
  const router = useRouter();
  const follow = (event: MouseEvent) => {
    // The browser opens new tabs and windows itself.
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
