import { createFileRoute } from "@tanstack/react-router";
import { NotFound } from "@/app/page-states";

/** Addresses that match no other route. */
export const Route = createFileRoute("/_signed-in/$")({ component: NotFound });
