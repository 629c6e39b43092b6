/** Channels and what was sent to them. */
import { press, type ScreenState } from "./screen";

export const notificationScreens: readonly ScreenState[] = [
  { name: "notifications", path: "/notifications" },
  { name: "channel-new", path: "/notifications", arrange: press("New channel") },
];
