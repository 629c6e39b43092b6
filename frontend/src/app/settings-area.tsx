import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useRouterState, type LinkProps } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";
import type { Me } from "@/api/contract";
import { meQuery } from "@/api/me";
import { useRight } from "@/api/rights";
import classes from "./settings-area.module.css";

interface SettingsPage {
  to: NonNullable<LinkProps["to"]>;
  label: string;
  /** Whom it is shown to: everybody, if nothing is said. */
  only?: "administrators" | "maintainers" | "people";
}

const groups: readonly { title: string; pages: readonly SettingsPage[] }[] = [
  {
    title: "Access",
    pages: [
      { to: "/people", label: "People", only: "administrators" },
      { to: "/roles", label: "Roles", only: "maintainers" },
      { to: "/service-accounts", label: "Service accounts" },
      { to: "/trusts", label: "Trusts of CI jobs", only: "administrators" },
      { to: "/tokens", label: "Access tokens", only: "administrators" },
      { to: "/audit", label: "Audit" },
    ],
  },
  {
    title: "Delivery",
    pages: [
      { to: "/freezes", label: "Freezes" },
      { to: "/notifications", label: "Notifications", only: "administrators" },
    ],
  },
  {
    title: "Your account",
    pages: [
      { to: "/my-tokens", label: "My tokens", only: "people" },
      { to: "/sessions", label: "Signed-in sessions" },
    ],
  },
];

/** The frame of the pages about access, delivery rules and the user's own account: a list of them beside the present one. */
export function SettingsArea({ children }: { children?: ReactNode }) {
  const { data: me } = useQuery(meQuery);
  const administers = useRight("administer");
  const maintains = useRight("maintain", "somewhere");
  const list = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // On a phone the list is a strip that scrolls: without this, the present page may stand beyond its edge. What is shown
  // depends on rights, which may be read later.
  useEffect(() => {
    const show = () => list.current && showPresent(list.current);
    show();
    window.addEventListener("resize", show);
    return () => window.removeEventListener("resize", show);
  }, [path, me, administers, maintains]);
  return (
    <div className={classes.area}>
      <nav ref={list} className={classes.pages} aria-label="Settings">
        {groups.map(({ title, pages }) => {
          const shown = pages.filter((page) => isShown(page, { me, administers, maintains }));
          return shown.length === 0 ? null : (
            <div key={title} className={classes.group}>
              <p className={classes.title}>{title}</p>
              <ul className={classes.links}>
                {shown.map(({ to, label }) => (
                  <li key={to}>
                    <Link to={to} className={classes.link} activeProps={{ "aria-current": "page" }}>
                      {label}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </nav>
      <div className={classes.page}>{children ?? <Outlet />}</div>
    </div>
  );
}

/** Scrolls the strip sideways, and nothing else, until the present page stands in its middle. */
function showPresent(strip: HTMLElement): void {
  const present = strip.querySelector("[aria-current=page]")?.getBoundingClientRect();
  if (!present) return;
  const { left, width } = strip.getBoundingClientRect();
  strip.scrollLeft += present.left - left - (width - present.width) / 2;
}

interface User {
  me: Me | undefined;
  administers: boolean;
  /** Whether they maintain anything. */
  maintains: boolean;
}

function isShown({ only }: SettingsPage, { me, administers, maintains }: User): boolean {
  switch (only) {
    case "administrators":
      return administers;
    case "maintainers":
      return maintains;
    case "people":
      return me?.kind === "person";
    case undefined:
      return true;
  }
}
