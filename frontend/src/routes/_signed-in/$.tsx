import { createFileRoute } from "@tanstack/react-router";
import { NotFound } from "@/app/outcomes";

/** Whatever leads nowhere, within the frame. */
export const Route = createFileRoute("/_signed-in/$")({ component: NotFound });
