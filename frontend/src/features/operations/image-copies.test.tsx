import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { OperationEvent } from "@/api/contract";
import { render } from "@/test/render";
import { ImageCopies } from "./image-copies-view";
import { imageCopiesOf } from "./image-copies";
import { sentenceOf } from "./model-sentences";

const image = { source: "dev.example/web:2", target: "prod.example/web:2", digest: "sha256:1" };

const event = (seq: number, type: OperationEvent["type"], data: OperationEvent["data"] = {}): OperationEvent => ({
  seq,
  type,
  former_type: null,
  at: "2026-12-02T12:00:00Z",
  cluster: null,
  resource: null,
  resource_ref: null,
  data: { ...image, ...data },
});
const halfway = { blobs: 4, blobs_done: 2, bytes: 5_000_000, bytes_done: 2_500_000 };

describe("Images that are copied first", () => {
  it("shows how far each has come", () => {
    render(
      <ImageCopies
        ended={false}
        events={[event(1, "image-copy.started"), event(2, "image-copy.progressed", halfway)]}
      />,
    );
    expect(screen.getByText("from dev.example/web:2, 2.5 of 5.0 MB")).toBeVisible();
    expect(screen.getByRole("progressbar", { name: "Copied of prod.example/web:2" })).toHaveAttribute(
      "aria-valuenow",
      "50",
    );
  });

  it("shows nothing where nothing is copied", () => {
    render(<ImageCopies ended={false} events={[event(1, "operation.started")]} />);
    expect(screen.queryByRole("heading", { name: "Images copied first" })).not.toBeInTheDocument();
  });

  it("takes a copy that had not ended with its operation for stopped", () => {
    const begun = [event(1, "image-copy.started")];
    expect(imageCopiesOf(begun, false)[0]?.state).toBe("copying");
    expect(imageCopiesOf(begun, true)[0]?.state).toBe("stopped");
  });

  it("says in the timeline what came, or that it was there already", () => {
    expect(sentenceOf(event(1, "image-copy.ended", { ...halfway, bytes_done: 5_000_000 }))).toBe(
      "prod.example/web:2 is copied: 5.0 of 5.0 MB",
    );
    expect(sentenceOf(event(1, "image-copy.ended", { blobs: 0, blobs_done: 0, bytes: 0, bytes_done: 0 }))).toBe(
      "prod.example/web:2 was there already",
    );
  });
});
