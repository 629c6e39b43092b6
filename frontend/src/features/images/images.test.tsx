import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { KnownImage, PolicyRule, PolicyRuleInput } from "@/api/contract";
import { makeResource } from "@/test/factories";
import { makeKnownImage } from "@/test/push-factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ImagesSection } from "./images-section";
import type { ImageQuestion } from "./model";
import { PoliciesDialog } from "./policies-dialog";

const here = "/applications/shop/environments/Staging";
const lists = (...items: KnownImage[]) =>
  http.get(at(`${here}/images`), () => HttpResponse.json({ items, next_cursor: null }));

describe("the pushed images", () => {
  const open = (why?: ImageQuestion) => {
    const told = { onWhy: vi.fn(), onPolicies: vi.fn(), onDeploy: vi.fn() };
    const view = render(<ImagesSection application="shop" environment="Staging" blocked={null} why={why} {...told} />);
    return { ...view, ...told };
  };

  it("show the status of each, and the reason", async () => {
    server.use(
      lists(
        makeKnownImage({ push: 9 }),
        makeKnownImage({
          push: 8,
          tag: "2.0.0",
          digest: "sha256:abc",
          verdict: "refused",
          reason: "It is not in ^1.4.",
          offered: false,
        }),
        makeKnownImage({ push: 7, tag: "1.4.9", verdict: "deploying", operation: "op-3", offered: false }),
      ),
    );
    const { user, onWhy } = open();
    const refused = (await screen.findByRole("rowheader", { name: /^2\.0\.0/ })).closest("tr")!;
    expect(refused).toHaveTextContent("It is not in ^1.4.");
    expect(within(refused).queryByRole("button", { name: /^Deploy.*Staging$/ })).not.toBeInTheDocument();
    await user.click(within(refused).getByRole("button", { name: /^Why\?/ }));
    expect(onWhy).toHaveBeenCalledWith({ tag: "2.0.0", digest: "sha256:abc" });
    const link = screen.getByRole("link", { name: /^Operation/ });
    expect(link).toHaveAttribute("href", "/operations/op-3");
  });

  it("open the preview of their deployment", async () => {
    server.use(lists(makeKnownImage({ digest: "sha256:abc" })));
    const { user, onDeploy } = open();
    await user.click(await screen.findByRole("button", { name: /^Deploy.*Staging$/ }));
    expect(onDeploy.mock.calls[0]![0]).toMatchObject({ tag: "1.5.0", digest: "sha256:abc" });
  });

  it("cannot be deployed by viewers, who can have their status explained", async () => {
    server.use(lists(makeKnownImage()), holding("viewer"));
    const { user, onWhy } = open();
    expect(
      await screen.findByRole("button", { name: /Deploy.*Requires the right promote on shop in Staging/ }),
    ).toBeInTheDocument();
    await user.type(screen.getByRole("textbox", { name: "Why is a tag not deployed?" }), "9.9.9");
    await user.click(screen.getByRole("button", { name: "Explain" }));
    expect(onWhy).toHaveBeenCalledWith({ tag: "9.9.9" });
  });

  it("have any tag explained, including one that was never pushed", async () => {
    server.use(
      lists(),
      http.get(at(`${here}/images/9.9.9`), () =>
        HttpResponse.json({ code: "no-event", sentence: "No registry reported 9.9.9.", details: {}, image: null }),
      ),
    );
    open({ tag: "9.9.9" });
    expect(await screen.findByText("No registry reported 9.9.9.")).toBeInTheDocument();
    expect(screen.getByRole("textbox", { name: "Why is a tag not deployed?" })).toHaveValue("9.9.9");
  });

  it("have the image with the given digest explained, if its tag was moved", async () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    server.use(
      lists(),
      http.get(at(`${here}/images/1.5.0`), ({ request }) =>
        HttpResponse.json({
          code: "superseded",
          sentence: `ImageQuestion for ${new URL(request.url).searchParams.get("digest")}.`,
          details: {},
          image: null,
        }),
      ),
    );
    open({ tag: "1.5.0", digest });
    expect(await screen.findByText(`ImageQuestion for ${digest}.`)).toBeInTheDocument();
    expect(screen.getByText("1.5.0 (abababababab) in Staging")).toBeInTheDocument();
  });
});

describe("the image policies", () => {
  const kept: PolicyRule = {
    match: { container: "web", repository: null },
    select: {
      kind: "semver",
      tags: null,
      pattern: null,
      range: "^1.4.0",
      prereleases: false,
      description: "versions in '^1.4.0'",
    },
    newest_by: "semver",
    allow: [],
    deny: [],
    allow_downgrade: false,
  };
  const previews: PolicyRuleInput[][] = [];
  const open = (...rules: PolicyRule[]) => {
    previews.length = 0;
    const onClose = vi.fn();
    server.use(
      http.get(at(`${here}/image-policies`), () => HttpResponse.json({ rules })),
      http.post(at(`${here}/image-policies/preview`), async ({ request }) => {
        const asked = (await request.json()) as { rules: PolicyRuleInput[] };
        previews.push(asked.rules);
        if (JSON.stringify(asked.rules).includes("nonsense")) return problem(422, "invalid-request");
        const tag = { digest: null, push: 2, rule: null, reason: null };
        return HttpResponse.json({
          containers: [
            {
              workload: makeResource("Deployment", "web"),
              container: "web",
              repository: "registry.example/shop/web",
              chosen: "1.5.0",
              tags: [
                { ...tag, tag: "2.0.0", push: 3, taken: false, chosen: false, rule: "select", reason: "Not in range." },
                { ...tag, tag: "1.5.0", taken: true, chosen: true },
              ],
            },
          ],
        });
      }),
    );
    const running = [{ container: "web", repository: "registry.example/shop/web" }];
    return {
      onClose,
      ...render(<PoliciesDialog application="shop" environment="Staging" running={running} onClose={onClose} />),
    };
  };

  it("summarise a rule in a sentence, and show its verdict on the known tags", async () => {
    open(kept);
    expect(
      await screen.findByText("Container web accepts versions in ^1.4.0. The newest is the highest version."),
    ).toBeInTheDocument();
    const tags = await screen.findByRole("list", { name: "Tags for web" });
    const [refused, chosen] = within(tags).getAllByRole("listitem");
    expect(refused).toHaveTextContent("Not in range.");
    expect(chosen).toHaveTextContent("Accepted, newest");
  });

  it("are previewed once typing has paused, and saved", async () => {
    const saved: unknown[] = [];
    server.use(
      http.put(at(`${here}/image-policies`), async ({ request }) => {
        saved.push(await request.json());
        return HttpResponse.json({ rules: [] });
      }),
    );
    const { user, onClose } = open(kept);
    await screen.findByRole("button", { name: "Add rule" });
    const range = screen.getByRole("textbox", { name: "Range" });
    await user.clear(range);
    expect(await screen.findByRole("button", { name: /Save policies.*A rule is incomplete/ })).toBeInTheDocument();
    await user.type(range, "^2.0.0");
    await vi.waitFor(() => expect(previews.at(-1)?.[0]?.select).toMatchObject({ range: "^2.0.0" }));
    expect(previews.length).toBeLessThan(5);
    await user.click(screen.getByRole("button", { name: "Save policies" }));
    await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(saved).toEqual([{ rules: [inputOfKept("^2.0.0")] }]);
  });

  it("show the error in a rule while it is typed", async () => {
    const { user } = open(kept);
    await screen.findByRole("button", { name: "Add rule" });
    const range = screen.getByRole("textbox", { name: "Range" });
    await user.clear(range);
    await user.type(range, "nonsense");
    expect(await screen.findByText("Detail of invalid-request.")).toBeInTheDocument();
  });

  it("are read-only for viewers", async () => {
    server.use(holding("viewer"));
    open(kept);
    expect(await screen.findByRole("textbox", { name: "Range" })).toBeDisabled();
    expect(
      await screen.findByRole("button", { name: /Save policies.*Requires the right maintain on shop in Staging/ }),
    ).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Add rule" })).not.toBeInTheDocument();
    expect(previews).toEqual([]);
  });

  const inputOfKept = (range: string) => ({ ...kept, select: { kind: "semver", range, prereleases: false } });
});
