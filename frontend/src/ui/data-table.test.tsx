import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { render } from "@/test/render";
import { DataTable } from "./data-table";

const rows = Array.from({ length: 500 }, (_, index) => `row ${index}`);
const columns = [{ key: "name", header: "Name", cell: (row: string) => row }];

it("has only the rows in sight in the document, and says how many there are", () => {
  render(<DataTable label="Names" columns={columns} rows={rows} rowKey={(row) => row} rowHeight={40} />);
  expect(screen.getByRole("rowheader", { name: "row 0" })).toBeInTheDocument();
  expect(screen.queryByRole("rowheader", { name: "row 400" })).not.toBeInTheDocument();
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "501");
});
