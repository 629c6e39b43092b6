import { expect, it } from "vitest";
import { shortPath } from "./field-paths";

it("shortens paths into pod templates alone", () =>
  expect(
    ["spec.template.spec.containers[web].image", "spec.jobTemplate.spec.template.spec.volumes", "spec.replicas"].map(
      shortPath,
    ),
  ).toEqual(["containers[web].image", "volumes", "spec.replicas"]));
