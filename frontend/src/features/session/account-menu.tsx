import { Menu, UnstyledButton, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Me } from "@/api/contract";
import { allows } from "@/api/me";
import { Icon, type IconName } from "@/ui/icons";
import classes from "./account-menu.module.css";
import { useSignOut } from "./mutations";

const schemes: { value: MantineColorScheme; label: string; icon: IconName }[] = [
  { value: "auto", label: "System", icon: "screen" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
];

/** The account menu: user and role, colour scheme, access tokens, sign out. */
export function AccountMenu({ me, onSignedOut }: { me: Me; onSignedOut: () => void }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={220} keepMounted={false}>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={`Account: ${me.name}, ${me.role}`}>
          <Icon name="person" />
          <span className={classes.name}>{me.name}</span>
          <span className={classes.role}>{me.role}</span>
          <Icon name="down" size={12} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name} · {me.role}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>Colour scheme</Menu.Label>
        {schemes.map(({ value, label, icon }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon name={icon} />}
            rightSection={colorScheme === value ? <Icon name="check" size={14} /> : null}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component={Link} to="/audit" leftSection={<Icon name="history" />}>
          Audit
        </Menu.Item>
        {allows(me.role, "admin") ? (
          <>
            <Menu.Item component={Link} to="/tokens" leftSection={<Icon name="key" />}>
              Access tokens
            </Menu.Item>
            <Menu.Item component={Link} to="/notifications" leftSection={<Icon name="bell" />}>
              Notifications
            </Menu.Item>
          </>
        ) : null}
        <Menu.Item
          leftSection={<Icon name="leave" />}
          onClick={() => signOut.mutate(undefined, { onSettled: onSignedOut })}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
