import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { makeHold } from "@/test/gate-factories";
import { at } from "@/test/handlers";
import { makeEndedPromotion } from "@/test/operation-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { HistoryPage } from "./history-page";

function opened() {
  const promotion = makeEndedPromotion({ "prod-eu": "succeeded" });
  const onPutBack = vi.fn();
  server.use(
    http.get(at("/operations"), () => HttpResponse.json({ items: [promotion], next_cursor: null })),
    http.get(at("/operations/:operation"), () => HttpResponse.json(promotion)),
    http.get(at("/holds"), () => HttpResponse.json({ items: [makeHold()] })),
  );
  const view = render(<HistoryPage filter={{}} environments={[]} onFilter={vi.fn()} onPutBack={onPutBack} />);
  return { ...view, promotion, onPutBack };
}

it("names what the last operation of a place put in its former images' place, and leads back", async () => {
  const { user, promotion, onPutBack } = opened();
  // Once in its column, and once where there is no room for that. Others stand there until rights are known.
  const button = await vi.waitFor(() => {
    const [found] = screen.getAllByText(/^Put web 1\.4\.\d back/);
    expect(found!.closest("button")).not.toHaveAttribute("aria-disabled");
    return found!;
  });
  await user.click(button);
  expect(onPutBack).toHaveBeenCalledWith(promotion.id);
});

it("marks the operations of a place that is on hold", async () => {
  opened();
  expect(await screen.findByText("On hold")).toBeVisible();
});
