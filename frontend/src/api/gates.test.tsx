import { screen } from "@testing-library/react";
import { http } from "msw";
import { expect, it, vi } from "vitest";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { useClosedGates } from "./gates";

function Count() {
  return <p>{useClosedGates("shop", "Production").length} closed</p>;
}

it("the gates of a deleted application are asked for once", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const asked = vi.fn();
    server.use(
      http.get(at("/applications/shop/gates"), () => {
        asked();
        return problem(404, "not-found");
      }),
    );
    const { queryClient } = render(<Count />);
    await vi.waitFor(() => expect(queryClient.getQueryCache().getAll()[0]?.state.status).toBe("error"));
    vi.advanceTimersByTime(120_000);
    await vi.waitFor(() => expect(queryClient.isFetching()).toBe(0));
    expect(asked).toHaveBeenCalledOnce();
    expect(screen.getByText("0 closed")).toBeInTheDocument();
  } finally {
    vi.useRealTimers();
  }
});
