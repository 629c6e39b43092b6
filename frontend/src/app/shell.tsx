import { Outlet, useRouterState, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Icon, type IconName } from "@/ui/icons";
import { Wordmark } from "@/ui/wordmark";
import classes from "./shell.module.css";

const navigation: {
  to: "/applications" | "/environments" | "/clusters" | "/registries" | "/operations" | "/proposals" | "/drift";
  label: string;
  icon: IconName;
}[] = [
  { to: "/applications", label: "Applications", icon: "grid" },
  { to: "/operations", label: "History", icon: "history" },
  { to: "/proposals", label: "Proposals", icon: "hand" },
  { to: "/drift", label: "Drift", icon: "split" },
  { to: "/environments", label: "Environments", icon: "stages" },
  { to: "/clusters", label: "Clusters", icon: "server" },
  { to: "/registries", label: "Registries", icon: "box" },
];

interface ShellProps {
  account: ReactNode;
  /** What everybody has to know on every page. */
  notice?: ReactNode;
  children?: ReactNode;
}

/**
 * The frame of every page: the top bar with the navigation, which moves to the bottom edge on a phone. `children` stand in
 * place of the page.
 */
export function Shell({ account, notice, children }: ShellProps) {
  const busy = useRouterState({ select: (state) => state.status === "pending" });
  const inSettings = useRouterState({
    select: ({ matches }) => matches.some(({ routeId }) => routeId === "/_signed-in/_settings-area"),
  });
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        Skip to content
      </a>
      <header className={classes.bar}>
        <Link to="/applications" className={classes.brand} aria-label="Stagecoach, go to applications">
          <Wordmark />
        </Link>
        <nav className={classes.navigation} aria-label="Main">
          {navigation.map(({ to, label, icon }) => (
            <Link key={to} to={to} className={classes.navigationLink} activeProps={{ "aria-current": "page" }}>
              <Icon name={icon} />
              <span>{label}</span>
            </Link>
          ))}
        </nav>
        <div className={classes.account}>
          <Link to="/settings" className={classes.navigationLink} aria-current={inSettings ? "page" : undefined}>
            <Icon name="sliders" />
            <span className={classes.settings}>Settings</span>
          </Link>
          {account}
        </div>
        <div className={classes.progress} data-busy={busy || undefined} aria-hidden="true" />
      </header>
      {notice}
      <main id="content" tabIndex={-1} className={classes.content}>
        {children ?? <Outlet />}
      </main>
    </div>
  );
}
