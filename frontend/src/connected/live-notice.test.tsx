import { act, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { liveStatus } from "@/api/live-status";
import { render } from "@/test/render";
import { LiveNotice } from "./live-notice";

describe("the notice of a lost stream", () => {
  afterEach(() => liveStatus.off());

  it("says since when pages are not live, and goes when they are again", () => {
    render(<LiveNotice />);
    expect(screen.getByRole("status")).toBeEmptyDOMElement();
    act(() => liveStatus.stands());
    act(() => liveStatus.lost(new Date(2026, 11, 1, 12, 4, 5).getTime()));
    expect(screen.getByRole("status")).toHaveTextContent("Not live since 12:04:05.");
    act(() => liveStatus.stands());
    expect(screen.getByRole("status")).toBeEmptyDOMElement();
  });
});
