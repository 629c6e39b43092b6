import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeCustomResource, makeEnvironment, makeImage } from "@/test/factories";
import { render } from "@/test/render";
import { customSkew, unhealthyCustom, healthyCustom } from "./custom-model";
import { CustomInCard, CustomResources } from "./custom-resources";

const expired = makeCustomResource(
  "Certificate",
  "web",
  { health: "failed", reason: "Expired", message: "It expired on Monday.", since: "2026-11-23T11:00:00Z" },
  ["eu", "us"],
);
const starting = makeCustomResource("Database", "db", { health: "progressing", reason: "NotReady" });
const refused = makeCustomResource("Secretive", "x", { health: "unknown", reason: "cluster-access-denied" });
const present = makeCustomResource("Monitor", "web", { reason: "NotReported" });
const of = (...custom: (typeof expired)[]) => makeEnvironment({ custom_resources: custom });

describe("custom resources that need attention", () => {
  it("come with the most urgent first, and once for all clusters where they are the same", () =>
    expect(
      unhealthyCustom(of(starting, refused, present, expired)).map(({ resource, clusters }) => [
        resource.name,
        clusters,
      ]),
    ).toEqual([
      ["web", ["eu", "us"]],
      ["x", ["eu"]],
      ["db", ["eu"]],
    ]));
  it("keep the earliest time since which they are so", () => {
    const [eu, us] = expired.health;
    const both = { ...expired, health: [eu!, { ...us!, since: "2026-11-23T10:00:00Z" }] };
    expect(unhealthyCustom(of(both))[0]?.since).toBe("2026-11-23T10:00:00Z");
  });
  it("leave out on request those of which nothing is known", () =>
    expect(unhealthyCustom(of(refused), "known")).toEqual([]));
  it("are not counted among those that are healthy", () =>
    expect(healthyCustom(of(expired, present)).map(({ kind }) => kind)).toEqual(["Monitor"]));
});

describe("images in custom resources", () => {
  it("are shown where clusters differ", () => {
    const images = [makeImage("1"), makeImage("2")].map((image, at) => ({ cluster: ["eu", "us"][at]!, image }));
    const one = { ...present, images: [{ path: "spec.image", images, differs: true }] };
    const same = { ...present, images: [{ path: "spec.image", images, differs: false }] };
    expect(customSkew(of(one, same))).toEqual([{ resource: present.resource, path: "spec.image", images }]);
    render(<CustomResources environment={of(one)} />);
    const [row] = within(screen.getByRole("list", { name: "Custom resources that need attention" })).getAllByRole(
      "listitem",
    );
    expect(row).toHaveTextContent(/Monitor web\s*Skew\s*spec\.image:.*on eu.*on us/);
  });
});

describe("the list of custom resources", () => {
  it("says what is wrong with those that need attention, why, where and since when", () => {
    render(<CustomResources environment={of(present, expired)} />);
    const rows = within(screen.getByRole("list", { name: "Custom resources that need attention" })).getAllByRole(
      "listitem",
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toHaveTextContent(
      /Certificate web\s*Failed\s*Expired on eu and us, since .*It expired on Monday\./,
    );
    expect(rows[0]?.querySelector("time")).toHaveAttribute("datetime", "2026-11-23T11:00:00Z");
  });
  it("folds those that are healthy, by kind", async () => {
    const { user } = render(<CustomResources environment={of(present, expired)} />);
    expect(screen.getByText("Present")).not.toBeVisible();
    await user.click(screen.getByText("1 other is healthy"));
    expect(screen.getByText("Present")).toBeVisible();
    expect(screen.getByText("Monitor")).toBeVisible();
  });
  it("says that all are healthy if they are", () => {
    render(<CustomResources environment={of(present)} />);
    expect(screen.getByText("All are healthy")).toBeInTheDocument();
    expect(screen.queryByRole("list")).not.toBeInTheDocument();
  });
  it("is not there without any", () => {
    const { container } = render(<CustomResources environment={of()} />);
    expect(container.querySelector("section")).toBeNull();
  });
});

describe("an environment's card", () => {
  it("counts custom resources that are healthy", () => {
    render(<CustomInCard environment={of(present, refused)} />);
    expect(screen.getByRole("list", { name: "Custom resources of Production" })).toHaveTextContent(
      "2 custom resources",
    );
  });
  it("names the first of those that need attention, and how many there are besides", () => {
    const many = ["a", "b", "c"].map((name) => makeCustomResource("Database", name, { health: "progressing" }));
    render(<CustomInCard environment={of(...many, expired)} />);
    const rows = screen.getAllByRole("listitem");
    expect(rows.map(({ textContent }) => textContent)).toEqual([
      expect.stringContaining("Certificate web"),
      expect.stringContaining("Database a"),
      expect.stringContaining("Database b"),
      "and 1 other",
    ]);
    expect(rows[1]).toHaveTextContent("Not ready");
  });
});
