/** Environments and clusters. */
import { press, type ScreenState } from "./screen";

export const environmentScreens: readonly ScreenState[] = [
  { name: "environments", path: "/environments" },
  { name: "environment-new", path: "/environments", arrange: press("New environment") },
  { name: "approvals", path: "/environments", arrange: press("Approvals in Production") },
  { name: "given-namespaces", path: "/environments", arrange: press("Given namespaces of Staging") },
  { name: "clusters", path: "/clusters" },
  { name: "cluster-connect", path: "/clusters", arrange: press("Connect a cluster") },
  { name: "cluster-remove", path: "/clusters", arrange: press("Remove dev-1") },
];
