/** All pages and dialogs, for tests that check each of them. */
import { accessScreens } from "./access";
import { applicationScreens } from "./applications";
import { approvalScreens } from "./approvals";
import { driftScreens } from "./drift";
import { environmentScreens } from "./environments";
import { freezeScreens } from "./freezes";
import { holdScreens } from "./holds";
import { missingKeyScreens } from "./missing-keys";
import { notificationScreens } from "./notifications";
import { operationScreens } from "./operations";
import { peopleScreens } from "./people";
import { promotionSetScreens } from "./promotion-sets";
import { registryScreens } from "./registries";
import type { ScreenState } from "./screen";
import { timelineScreens } from "./timelines";

export const screens: readonly ScreenState[] = [
  ...applicationScreens,
  ...missingKeyScreens,
  ...operationScreens,
  ...promotionSetScreens,
  ...environmentScreens,
  ...accessScreens,
  ...peopleScreens,
  ...notificationScreens,
  ...registryScreens,
  ...driftScreens,
  ...timelineScreens,
  ...freezeScreens,
  ...holdScreens,
  ...approvalScreens,
  { name: "not-found", path: "/nowhere" },
];
