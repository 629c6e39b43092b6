import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Poll, Registry } from "@/api/contract";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { PollsSection } from "./polls-section";
import { RegistriesSection } from "./registries-section";

const registry: Registry = {
  host: "registry.example:5000",
  plain_http: false,
  credential: "basic",
  username: "stagecoach",
  last_seen_at: null,
  last_error: "It refuses the credential.",
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
};
const poll: Poll = {
  repository: "registry.example:5000/shop/web",
  interval_seconds: 300,
  next_at: "2026-11-23T12:05:00Z",
  last_at: null,
  last_error: null,
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
};
const page = (...items: unknown[]) => HttpResponse.json({ items, next_cursor: null });

it("those who do not see everything are told that they see no registries, not that there are none", async () => {
  server.use(
    holding("maintainer", { applications: ["shop"] }),
    http.get(at("/registries"), () => page()),
    http.get(at("/polls"), () => page()),
  );
  render(
    <>
      <RegistriesSection />
      <PollsSection />
    </>,
  );
  const right = "Requires the right view on all applications in all environments.";
  expect(await screen.findByText(`You do not see registries. ${right}`)).toBeInTheDocument();
  expect(await screen.findByText(`You do not see polled repositories. ${right}`)).toBeInTheDocument();
  expect(screen.queryByText("No registries yet")).not.toBeInTheDocument();
});

describe("registries", () => {
  it("show their last error, and are checked on request", async () => {
    const asked: unknown[] = [];
    server.use(
      http.get(at("/registries"), () => page(registry)),
      http.post(at("/registries/:host/check"), async ({ params, request }) => {
        asked.push(params.host, await request.json());
        return HttpResponse.json({
          host: registry.host,
          repository: "shop/web",
          tag: "1.5.0",
          well: true,
          code: null,
          detail: null,
          tags: null,
          digest: "sha256:abc",
          media_type: null,
          platforms: [],
          built_at: null,
        });
      }),
    );
    const { user } = render(<RegistriesSection />);
    expect(await screen.findByText("It refuses the credential.")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: /^Check/ }));
    await user.type(screen.getByRole("textbox", { name: /^Repository/ }), "shop/web");
    await user.type(screen.getByRole("textbox", { name: /^Tag/ }), "1.5.0");
    await user.click(screen.getByRole("button", { name: "Run check" }));
    expect(await screen.findByText("shop/web:1.5.0 is sha256:abc.")).toBeInTheDocument();
    expect(asked).toEqual(["registry.example:5000", { repository: "shop/web", tag: "1.5.0" }]);
  });

  it("get a credential that the console does not cache", async () => {
    const sent: unknown[] = [];
    server.use(
      http.get(at("/registries"), () => page()),
      http.put(at("/registries/:host"), async ({ params, request }) => {
        sent.push(params.host, await request.json());
        return HttpResponse.json(registry);
      }),
    );
    const { user, queryClient } = render(<RegistriesSection />);
    await user.click(await screen.findByRole("button", { name: "Add a registry" }));
    await user.type(screen.getByRole("textbox", { name: /^Host/ }), "registry.example");
    await user.type(screen.getByRole("textbox", { name: /^User name/ }), "ada");
    expect(within(screen.getByRole("dialog")).getByRole("button", { name: "Add registry" })).toBeDisabled();
    await user.type(screen.getByLabelText(/^Password/), "s3cret");
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Add registry" }));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    expect(sent).toEqual([
      "registry.example",
      { plain_http: false, credential: { kind: "basic", username: "ada", password: "s3cret" } },
    ]);
    await vi.waitFor(() => expect(queryClient.getMutationCache().getAll()).toEqual([]));
  });

  it("are removed after a confirmation", async () => {
    const gone: unknown[] = [];
    server.use(
      http.get(at("/registries"), () => page(registry)),
      http.delete(at("/registries/:host"), ({ params }) => {
        gone.push(params.host);
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = render(<RegistriesSection />);
    await user.click(await screen.findByRole("button", { name: /^Remove/ }));
    expect(gone).toEqual([]);
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: /^Remove/ }));
    await vi.waitFor(() => expect(gone).toEqual(["registry.example:5000"]));
  });
});

describe("polled repositories", () => {
  it("are named with their registry, and show why one was refused", async () => {
    const put: string[] = [];
    server.use(
      http.get(at("/polls"), () => page()),
      http.put(at("/polls/:repository"), ({ request }) => {
        put.push(decodeURIComponent(new URL(request.url).pathname));
        return problem(409, "registry-unknown");
      }),
    );
    const { user } = render(<PollsSection />);
    await user.click(await screen.findByRole("button", { name: "Poll a repository" }));
    const name = screen.getByRole("textbox", { name: /^Repository/ });
    await user.type(name, "shop/web");
    expect(screen.getByText("Begin with the registry's host.")).toBeInTheDocument();
    await user.clear(name);
    await user.type(name, "registry.example/shop/web");
    await user.click(screen.getByRole("button", { name: "Start polling" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of registry-unknown.");
    expect(put).toEqual(["/api/v1/polls/registry.example/shop/web"]);
  });

  it("are no longer polled after a confirmation", async () => {
    const gone = vi.fn();
    server.use(
      http.get(at("/polls"), () => page(poll)),
      http.delete(at("/polls/:repository"), () => {
        gone();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = render(<PollsSection />);
    expect(await screen.findByText("every 5 minutes")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: /^Stop/ }));
    expect(gone).not.toHaveBeenCalled();
    await user.click(screen.getByRole("button", { name: "Stop polling" }));
    await vi.waitFor(() => expect(gone).toHaveBeenCalled());
  });
});
