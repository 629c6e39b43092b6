import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { render } from "@/test/render";
import { DataTable } from "./data-table";

const rows = Array.from({ length: 500 }, (_, index) => `row ${index}`);
const columns = [{ key: "name", header: "Name", cell: (row: string) => row }];
const twoColumns = [...columns, { key: "more", header: "More", wideOnly: true, cell: () => "more" }];

it("renders the visible rows only, and announces the number of all rows", async () => {
  render(<DataTable label="Names" columns={columns} rows={rows} rowKey={(row) => row} rowHeight={40} />);
  await screen.findByRole("rowheader", { name: "row 0" });
  await waitFor(() => expect(screen.queryByRole("rowheader", { name: "row 49" })).not.toBeInTheDocument());
  expect(screen.queryByRole("rowheader", { name: "row 400" })).not.toBeInTheDocument();
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "501");
});

it("lays out the visible columns only, above and below the visible rows too", async () => {
  const { container } = render(
    <DataTable label="Names" columns={twoColumns} rows={rows} rowKey={(row) => row} rowHeight={40} />,
  );
  await waitFor(() => expect(container.querySelectorAll("tr[aria-hidden]").length).toBeGreaterThan(0));
  const cells = [...container.querySelectorAll("td, th")] as HTMLTableCellElement[];
  expect(cells.map(({ colSpan }) => colSpan).filter((span) => span !== 1)).toEqual([]);
});

it("renders a short table whole, at once", () => {
  const few = rows.slice(0, 50);
  render(<DataTable label="Names" columns={columns} rows={few} rowKey={(row) => row} rowHeight={40} />);
  expect(screen.getAllByRole("rowheader")).toHaveLength(50);
});

it("renders the visible rows only, once a short table has become long", async () => {
  const table = (some: string[]) => (
    <DataTable label="Names" columns={columns} rows={some} rowKey={(row) => row} rowHeight={40} />
  );
  const { show } = render(table(rows.slice(0, 50)));
  show(table(rows));
  await waitFor(() => expect(screen.queryByRole("rowheader", { name: "row 49" })).not.toBeInTheDocument());
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "501");
});

const buttons = [{ key: "name", header: "Name", cell: (row: string) => <button type="button">{row}</button> }];
const ofButtons = (some: string[]) => (
  <DataTable label="Names" columns={buttons} rows={some} rowKey={(row) => row} rowHeight={40} />
);

it("leaves the keyboard focus where it is, once a short table has become long", async () => {
  const { show } = render(ofButtons(rows.slice(0, 50)));
  const button = screen.getByRole("button", { name: "row 45" });
  button.focus();
  show(ofButtons(rows));
  await waitFor(() => expect(screen.queryByRole("button", { name: "row 44" })).not.toBeInTheDocument());
  expect(button).toHaveFocus();
});

it("leaves the keyboard focus where it is, when many rows come above it", async () => {
  const { show } = render(ofButtons(rows));
  await waitFor(() => expect(screen.queryByRole("button", { name: "row 49" })).not.toBeInTheDocument());
  const button = screen.getByRole("button", { name: "row 2" });
  button.focus();
  show(ofButtons([...Array.from({ length: 100 }, (_, index) => `new ${index}`), ...rows]));
  await screen.findByRole("button", { name: "new 0" });
  expect(button).toHaveFocus();
  expect(screen.queryByRole("button", { name: "row 3" })).not.toBeInTheDocument();
});
