import { describe, expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import { kubeconfigRefusals, leftOutText, suggestedName } from "./model";

describe("a cluster's suggested name", () => {
  it("is its current context", () => expect(suggestedName("kind: Config\ncurrent-context: prod-eu\n")).toBe("prod-eu"));
  it("contains valid characters only", () =>
    expect(suggestedName('current-context: "arn:aws:eks/prod_eu"')).toBe("arn-aws-eks-prod-eu"));
  it("is empty without a context", () => expect(suggestedName("kind: Config")).toBe(""));
  it("has at most 63 characters", () => expect(suggestedName(`current-context: ${"a".repeat(80)}`)).toHaveLength(63));
});

describe("a refused kubeconfig", () => {
  const refused = (errors: { field: string; message: string; line: number | null }[]) =>
    new ApiProblem({
      title: "The kubeconfig is not acceptable",
      code: "kubeconfig-refused",
      detail: errors.map(({ field, line, message }) => `${field} (line ${line}): ${message}`).join("; "),
      field: errors[0]!.field,
      line: errors[0]!.line,
      errors: errors.map((each) => ({ ...each, code: "kubeconfig-refused" })),
    });
  const exec = { field: "$.users[0].user.exec", message: "would run a command", line: 12 };
  it("lists each problem once, by line", () => {
    const ca = { field: "$.clusters[0].cluster.certificate-authority", message: "names a file", line: 5 };
    expect(kubeconfigRefusals(refused([exec, ca, exec]))).toEqual([
      { line: 5, field: "clusters[0].cluster.certificate-authority", reason: "names a file" },
      { line: 12, field: "users[0].user.exec", reason: "would run a command" },
    ]);
  });
  it("without a line has its reason all the same", () =>
    expect(kubeconfigRefusals(refused([{ field: "$", message: "is empty", line: null }]))).toEqual([
      { line: null, field: null, reason: "is empty" },
    ]));
  it("is told apart from other problems of the request", () => {
    const taken = new ApiProblem({ title: "Name taken", code: "name-taken", detail: "Choose another.", field: "name" });
    expect(kubeconfigRefusals(taken)).toEqual([]);
  });
});

describe("what is left out of a kubeconfig", () => {
  it("is listed", () => expect(leftOutText(['context "a"', 'user "b"'])).toBe('context "a" and user "b"'));
  it("is counted from the sixth entry on", () =>
    expect(leftOutText(["1", "2", "3", "4", "5", "6", "7"])).toBe("1, 2, 3, 4, 5 and 2 more"));
});
