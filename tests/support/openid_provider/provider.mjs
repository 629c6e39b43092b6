/**
 * A real OpenID provider (the npm package oidc-provider) for tests, on loopback: two issuers in one process, which ends when its
 * standard input does. Prints one line of JSON: `{"issuers": [...]}`.
 *
 * `POST /control` of an issuer changes it: `client` (add one), `accounts` (whom one can sign in as), `rotate` (sign with a new
 * key), `conform` (false: the ID token carries all claims), `tamper` (what is wrong with the next ID tokens). `GET /control`
 * counts what was asked.
 */
import { createServer } from "node:http";
import { generateKeyPair, exportJWK, SignJWT, importJWK, decodeJwt, decodeProtectedHeader } from "jose";
import { Provider } from "oidc-provider";

/** What oidc-provider keeps, in memory; clients are those that `/control` added. */
class Adapter {
  constructor(kept, name) {
    this.kept = kept;
    this.name = name;
  }
  key = (id) => `${this.name}:${id}`;
  upsert = async (id, payload) => void this.kept.set(this.key(id), payload);
  find = async (id) => this.kept.get(this.key(id));
  where = (member, value) => [...this.kept].find(([key, each]) => key.startsWith(`${this.name}:`) && each[member] === value)?.[1];
  findByUid = async (uid) => this.where("uid", uid);
  findByUserCode = async (code) => this.where("userCode", code);
  consume = async (id) => void (this.kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000));
  destroy = async (id) => void this.kept.delete(this.key(id));
  revokeByGrantId = async (grant) => {
    for (const [key, each] of this.kept) if (each.grantId === grant) this.kept.delete(key);
  };
}

const escaped = (text) => text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
const page = (title, form) => `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${form}</html>`;

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

class Issuer {
  kept = new Map();
  accounts = {};
  asked = { token: 0, keys: 0, userinfo: 0 };
  conform = true;
  tamper = null;
  keys = [];

  async start() {
    this.server = createServer((request, response) => void this.serve(request, response));
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.address = `http://127.0.0.1:${this.server.address().port}`;
    await this.rotate();
  }

  /** Sign with a new key from now on, and publish that one alone. */
  async rotate() {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    this.keys = [{ ...(await exportJWK(privateKey)), kid: `key-${Date.now()}`, use: "sig", alg: "RS256" }];
    this.build();
  }

  build() {
    const { kept } = this;
    this.provider = new Provider(this.address, {
      adapter: class extends Adapter {
        constructor(name) {
          super(kept, name);
        }
      },
      jwks: { keys: this.keys },
      cookies: { keys: ["only for tests"] },
      claims: { openid: ["sub"], profile: ["name"], email: ["email"], groups: ["groups"] },
      scopes: ["openid", "profile", "email", "groups"],
      conformIdTokenClaims: this.conform,
      // Requests to loopback, which back-channel logout makes here, are otherwise refused.
      fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: (context, form) => {
            context.body = page("Sign out?", `${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>`);
          },
          postLogoutSuccessSource: (context) => void (context.body = page("Signed out", "")),
        },
      },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_, id) =>
        id in this.accounts ? { accountId: id, claims: async () => ({ sub: id, ...this.accounts[id] }) } : undefined,
      loadExistingGrant: async (context) => {
        const { client, session, provider } = context.oidc;
        const former = session.grantIdFor(client.clientId);
        if (former) return provider.Grant.find(former);
        const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope("openid profile email groups");
        await grant.save();
        return grant;
      },
      ttl: { Session: 3600, Interaction: 600, Grant: 3600, AccessToken: 600, IdToken: 600 },
    });
    this.provider.use(async (context, next) => {
      await next();
      if (context.oidc?.route === "token" && context.body?.id_token && this.tamper) {
        context.body = { ...context.body, id_token: await this.tampered(context.body.id_token) };
      }
      if (context.oidc?.route === "userinfo" && this.tamper === "userinfo") context.body = { ...context.body, sub: "mallory" };
    });
  }

  async tampered(token) {
    const claims = decodeJwt(token);
    const header = decodeProtectedHeader(token);
    const now = Math.floor(Date.now() / 1000);
    const changes = {
      nonce: { nonce: "another" },
      audience: { aud: "another" },
      party: { aud: [claims.aud, "another"], azp: "another" },
      issuer: { iss: "https://another.example" },
      subject: { sub: "" },
      expired: { iat: now - 7200, exp: now - 3600 },
    };
    if (this.tamper === "unsigned") {
      const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
      return `${part({ alg: "none" })}.${part(claims)}.`;
    }
    let key = await importJWK(this.keys[0], "RS256");
    if (this.tamper === "forged") ({ privateKey: key } = await generateKeyPair("RS256"));
    return new SignJWT({ ...claims, ...changes[this.tamper] }).setProtectedHeader(header).sign(key);
  }

  async serve(request, response) {
    try {
      const path = new URL(request.url, this.address).pathname;
      if (path === "/control") await this.control(request, response);
      else if (path.startsWith("/interaction/")) await this.interact(request, response);
      else {
        if (path === "/token") this.asked.token += 1;
        if (path === "/jwks") this.asked.keys += 1;
        if (path === "/me") this.asked.userinfo += 1;
        await this.provider.callback()(request, response);
      }
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  }

  async control(request, response) {
    if (request.method === "POST") {
      const order = JSON.parse(await bodyOf(request));
      if (order.client) this.kept.set(`Client:${order.client.client_id}`, order.client);
      if (order.accounts) this.accounts = order.accounts;
      if ("tamper" in order) this.tamper = order.tamper;
      if ("conform" in order) {
        this.conform = order.conform;
        this.build();
      }
      if (order.rotate) await this.rotate();
    }
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(this.asked));
  }

  async interact(request, response) {
    if (request.method === "GET") {
      const names = Object.entries(this.accounts).map(
        ([id, { name }]) => `<button name="account" value="${escaped(id)}">${escaped(name ?? id)}</button>`,
      );
      const form = `<form method="post">${names.join(" ")} <button name="account" value="">Cancel</button></form>`;
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page("Who are you?", form));
      return;
    }
    const accountId = new URLSearchParams(await bodyOf(request)).get("account");
    const result = accountId ? { login: { accountId } } : { error: "access_denied", error_description: "cancelled" };
    await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
}

const issuers = [new Issuer(), new Issuer()];
for (const each of issuers) await each.start();
console.log(JSON.stringify({ issuers: issuers.map(({ address }) => address) }));
process.stdin.resume().on("end", () => process.exit(0));
