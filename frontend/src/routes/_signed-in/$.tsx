import { createFileRoute } from "@tanstack/react-router";
import { NotFound } from "@/app/page-states";

/** Whatever leads nowhere, within the frame. */
export const Route = createFileRoute("/_signed-in/$")({ component: NotFound });
