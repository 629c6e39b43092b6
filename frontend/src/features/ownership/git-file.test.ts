import { describe, expect, it } from "vitest";
import type { GitFile } from "@/api/contract";
import { makeImage, makeResource } from "@/test/factories";
import { draftOf, fileFor, lackOf, valuesKey, valuesOf, type FileDraft, type NamedWorkload } from "./git-file";
import { asked, byPath, changedLines } from "./git-preview";

const web: NamedWorkload = {
  resource: makeResource("Deployment", "web"),
  containers: [
    {
      name: "web",
      images: [
        { cluster: "eu", image: makeImage("1.0.0") },
        { cluster: "us", image: makeImage("1.0.0") },
      ],
    },
  ],
};
const file: GitFile = {
  repository: "config",
  branch: "main",
  path: "shop/values.yaml",
  form: "values",
  values: [
    { container: "web", reference: null, registry: null, repository: null, tag: ["image", "tag"], digest: null },
  ],
  paths: { us: "shop/us.yaml" },
};
const values = (draft: FileDraft, changes: Partial<ReturnType<typeof valuesOf>>): FileDraft => ({
  ...draft,
  values: { [valuesKey(web.resource, "web")]: { ...valuesOf(draft, web.resource, "web"), ...changes } },
});
const draft = draftOf(file, [web]);

describe("the file in Git, as it is entered", () => {
  it("is the one that was set, if nobody touches it", () =>
    expect(fileFor(draft, web)).toEqual({ ...file, values: [{ container: "web", tag: ["image", "tag"] }] }));
  it("leaves out paths that the layout does not have, and clusters without a file of their own", () => {
    const changed = values({ ...draft, paths: { us: " ", eu: "" } }, { layout: "reference", reference: "image" });
    expect(fileFor(changed, web)).toMatchObject({ values: [{ container: "web", reference: ["image"] }], paths: {} });
  });
  it("has no paths of values in another form", () =>
    expect(fileFor({ ...draft, form: "manifest" }, web).values).toEqual([]));
  it.each<[string, FileDraft]>([
    ["Choose a Git repository.", { ...draft, repository: "" }],
    ["Name the branch.", { ...draft, branch: " " }],
    ["Name the file.", { ...draft, path: "" }],
    ["Name the path of an image of Deployment/web.", { ...draft, values: {} }],
    [
      "Container web of Deployment/web: the path of the tag is none: write it as image.tag or images[0].tag.",
      values(draft, { tag: "image." }),
    ],
    [
      "Container web of Deployment/web: name the path of the repository.",
      values(draft, { layout: "repository", repository: "" }),
    ],
    [
      "Container web of Deployment/web: name the path of the tag or of the digest.",
      values(draft, { layout: "repository", repository: "image.repository", tag: "" }),
    ],
  ])("lacks something: %s", (lack, entered) => expect(lackOf(entered, [web])).toBe(lack));
  it("lacks nothing once it says where the image is", () => expect(lackOf(draft, [web])).toBeNull());
});

describe("the preview of a file in Git", () => {
  it("asks for each file once, with the clusters that take their image from it", () =>
    expect(asked({ ...draft, paths: {} }, [web], "1.1.0")).toEqual([
      {
        path: "shop/values.yaml",
        clusters: ["eu", "us"],
        workload: "Deployment/web",
        container: "web",
        request: {
          branch: "main",
          path: "shop/values.yaml",
          place: { file: "values", tag: ["image", "tag"] },
          before: "registry.example/shop/web:1.0.0",
          after: "registry.example/shop/web:1.1.0",
        },
      },
    ]));
  it("asks for the file of a cluster's own, too", () =>
    expect(asked(draft, [web], "1.1.0").map(({ path, clusters }) => [path, clusters])).toEqual([
      ["shop/values.yaml", ["eu"]],
      ["shop/us.yaml", ["us"]],
    ]));
  it("names the workload in a manifest, and leaves the entry of a kustomization to be found", () => {
    const place = (form: GitFile["form"]) => asked({ ...draft, form }, [web], "1.1.0")[0]?.request.place;
    expect(place("manifest")).toEqual({ file: "manifest", workload: web.resource, container: "web" });
    expect(place("kustomization")).toEqual({ file: "kustomization" });
  });
  it("shows the answers file by file, and lines as a difference", () => {
    const edit = { branch: "main", commit: "c0ffee", path: "", lines: [{ number: 3, before: "tag: a", after: null }] };
    const answers = asked(draft, [web], "1.1.0").map((each) => ({ ...each, edit, error: null }));
    expect(byPath([...answers, ...answers]).map((each) => [each.path, each.clusters, each.answers.length])).toEqual([
      ["shop/values.yaml", ["eu"], 2],
      ["shop/us.yaml", ["us"], 2],
    ]);
    expect(changedLines(edit)).toEqual([
      { path: "line 3", kind: "removed", before: "tag: a", after: null, comparison: null },
    ]);
  });
});
