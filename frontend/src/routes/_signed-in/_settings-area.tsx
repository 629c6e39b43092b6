import { createFileRoute } from "@tanstack/react-router";
import { SettingsArea } from "@/app/settings-area";

export const Route = createFileRoute("/_signed-in/_settings-area")({ component: SettingsArea });
