/** Pages of people and their rights, with rows. Nobody signs in through a provider here: they are answered in the service's place. */
import { expect, type Page } from "@playwright/test";
import type { ExplainedRight, Person } from "@/api/contract";
import { makePerson } from "@/test/people-factories";
import { makeBinding, makeScope } from "@/test/rights-factories";
import { answered, fromNow } from "./answers";
import type { ScreenState } from "./screen";

const person = (id: string, name: string, groups: string[], over: Partial<Person> = {}) =>
  makePerson({
    id,
    name,
    email: `${name.split(" ")[0]!.toLowerCase()}@example.com`,
    provider: "keycloak",
    subject: `248289761001-${id}`,
    groups,
    ...over,
  });

const people = [
  person("ada", "Ada Lovelace", ["platform", "shop-developers"]),
  person("grace", "Grace Hopper", ["shop-developers", "operations", "release-managers-of-the-whole-company"]),
  person("linus", "Linus Example", [], { disabled_at: fromNow(-30), groups_at: null, email: null }),
];

const ofGroup = makeBinding({
  id: "1",
  subject: { kind: "group", id: "keycloak:shop-developers", name: "keycloak:shop-developers" },
  scope: makeScope({ labels: { team: "shop" }, environments: ["Development", "Staging"] }),
});
const ofAda = makeBinding({
  id: "2",
  subject: { kind: "person", id: "ada", name: "Ada Lovelace" },
  role: "admin",
  break_glass: true,
});
const bindings = [
  ofGroup,
  ofAda,
  makeBinding({
    id: "3",
    subject: { kind: "trust", id: "t", name: "releases of shop" },
    scope: makeScope({ applications: ["shop"] }),
  }),
  makeBinding({
    id: "4",
    subject: { kind: "person", id: "grace", name: "Grace Hopper" },
    role: "approver",
    expires_at: fromNow(-3),
  }),
];

const explained: ExplainedRight[] = [
  { right: "view", held: true, because_of: [ofGroup, ofAda] },
  { right: "promote", held: true, because_of: [ofGroup] },
  { right: "approve", held: false, because_of: [] },
  { right: "maintain", held: true, because_of: [] },
];

async function withPeople(page: Page) {
  await answered(page, "get", "/api/v1/people", { items: people, next_cursor: null });
  await answered(page, "get", "/api/v1/people/{person}/sessions", { items: [] });
  await answered(page, "get", "/api/v1/bindings", { items: bindings, next_cursor: null });
  await answered(page, "get", "/api/v1/rights", { items: explained });
}

const chosen = async (page: Page, field: string, option: string) => {
  await page.getByRole("combobox", { name: field }).click();
  await page.getByRole("option", { name: option }).click();
};

export const peopleScreens: readonly ScreenState[] = [
  { name: "people-none", path: "/people" },
  {
    name: "people",
    path: "/people",
    answer: withPeople,
    arrange: async (page) => {
      await expect(page.getByRole("rowheader", { name: /^Ada Lovelace/ })).toBeVisible();
    },
  },
  {
    name: "person",
    path: "/people",
    answer: withPeople,
    arrange: async (page) => {
      await page.getByRole("button", { name: "Details and sessions of Grace Hopper" }).click();
      await expect(page.getByText("Not signed in anywhere.")).toBeVisible();
    },
  },
  {
    name: "roles",
    path: "/roles",
    answer: withPeople,
    arrange: async (page) => {
      await expect(page.getByRole("rowheader", { name: /^releases of shop/ })).toBeVisible();
    },
  },
  {
    name: "roles-of-person",
    path: "/roles?kind=person&id=ada",
    answer: withPeople,
    arrange: async (page) => {
      await chosen(page, "Application", "shop");
      await chosen(page, "Environment", "Staging");
      await page.getByRole("button", { name: "Explain" }).click();
      await expect(page.getByRole("table", { name: "On shop in Staging" })).toBeVisible();
    },
  },
  {
    name: "role-give",
    path: "/roles",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Give a role" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
    },
  },
];
