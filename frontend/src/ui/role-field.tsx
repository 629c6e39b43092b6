import { Radio } from "@mantine/core";
import type { Role } from "@/api/contract";
import classes from "./role-field.module.css";
import { roleDescriptions } from "./roles";

interface RoleFieldProps {
  label?: string;
  value: Role;
  onChange: (role: Role) => void;
}

/** A role, each with what it permits. */
export function RoleField({ label = "Role", value, onChange }: RoleFieldProps) {
  return (
    <Radio.Group label={label} value={value} onChange={(role) => onChange(role)}>
      <div className={classes.roles}>
        {Object.entries(roleDescriptions).map(([role, description]) => (
          <Radio key={role} value={role} label={role} description={description} />
        ))}
      </div>
    </Radio.Group>
  );
}
