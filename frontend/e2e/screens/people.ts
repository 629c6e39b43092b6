/** Pages of people and their rights, with rows. Nobody signs in through a provider here: they are answered in the service's place. */
import { expect, type Page } from "@playwright/test";
import type { ScreenState } from "./screen";

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

const person = (id: string, name: string, groups: string[], over: object = {}) => ({
  id,
  name,
  email: `${name.split(" ")[0]!.toLowerCase()}@example.com`,
  provider: "keycloak",
  issuer: "https://login.example.com/realms/corp",
  subject: `248289761001-${id}`,
  groups,
  groups_at: ago(5),
  created_at: ago(900),
  last_seen_at: ago(1),
  disabled_at: null,
  ...over,
});

const people = [
  person("ada", "Ada Lovelace", ["platform", "shop-developers"]),
  person("grace", "Grace Hopper", ["shop-developers", "operations", "release-managers-of-the-whole-company"]),
  person("linus", "Linus Example", [], { disabled_at: ago(30), groups_at: null, email: null }),
];

const binding = (id: string, subject: object, role: string, scope: object, over: object = {}) => ({
  id,
  subject,
  role,
  break_glass: false,
  scope: { applications: null, labels: null, environments: null, ...scope },
  expires_at: null,
  created_by: { kind: "person", id: "ada", name: "Ada Lovelace" },
  created_at: ago(200),
  ...over,
});

const ofAda = { kind: "person", id: "ada", name: "Ada Lovelace" };
const ofGroup = { kind: "group", id: "keycloak:shop-developers", name: "keycloak:shop-developers" };
const bindings = [
  binding("1", ofGroup, "promoter", { labels: { team: "shop" }, environments: ["Development", "Staging"] }),
  binding("2", ofAda, "admin", {}, { break_glass: true }),
  binding("3", { kind: "trust", id: "t", name: "releases of shop" }, "promoter", { applications: ["shop"] }),
  binding("4", { kind: "person", id: "grace", name: "Grace Hopper" }, "approver", {}, { expires_at: ago(3) }),
];

const explained = [
  { right: "view", held: true, because_of: [bindings[0], bindings[1]] },
  { right: "promote", held: true, because_of: [bindings[0]] },
  { right: "approve", held: false, because_of: [] },
  { right: "maintain", held: true, because_of: [] },
];

async function withPeople(page: Page) {
  const list = (items: unknown[]) => ({ json: { items, next_cursor: null } });
  await page.route(/\/api\/v1\/people(\?.*)?$/, (route) => route.fulfill(list(people)));
  await page.route(/\/api\/v1\/people\/\w+\/sessions/, (route) => route.fulfill(list([])));
  await page.route(/\/api\/v1\/bindings(\?.*)?$/, (route) => route.fulfill(list(bindings)));
  await page.route(/\/api\/v1\/rights\?/, (route) => route.fulfill({ json: { items: explained } }));
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
