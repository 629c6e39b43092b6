import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeOperation } from "@/test/operation-factories";
import { render } from "@/test/render";
import { OperationList } from "./operation-list";

describe("a list of operations", () => {
  it("names those that bring an older image a downgrade, and no others", async () => {
    render(
      <OperationList
        operations={[
          makeOperation({ id: "newer", actor: "ann" }),
          makeOperation({ id: "older", actor: "bob", downgrade: true }),
        ]}
      />,
    );
    const [newer, older] = await screen.findAllByRole("listitem");
    expect(within(older!).getByText("downgrade")).toBeInTheDocument();
    expect(within(newer!).queryByText("downgrade")).not.toBeInTheDocument();
  });
});
