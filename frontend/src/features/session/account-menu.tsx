import { Menu, UnstyledButton, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Me } from "@/api/contract";
import { Icon, type IconName } from "@/ui/icons";
import classes from "./account-menu.module.css";
import { useSignOut } from "./mutations";

const schemes: { value: MantineColorScheme; label: string; icon: IconName }[] = [
  { value: "auto", label: "System", icon: "screen" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
];

interface AccountMenuProps {
  me: Me;
  /** Called with where the browser signs out at the OpenID provider; null if there is nothing more to do. */
  onSignedOut: (providerUrl: string | null) => void;
}

/** The account menu: user and role, colour scheme, what the user has of their own, sign out. */
export function AccountMenu({ me, onSignedOut }: AccountMenuProps) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const role = me.role ?? (me.bound ? "roles by place" : "no role yet");
  return (
    <Menu position="bottom-end" width={220} keepMounted={false}>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={`Account: ${me.name}, ${role}`}>
          <Icon name="person" />
          <span className={classes.name}>{me.name}</span>
          <span className={classes.role}>{role}</span>
          <Icon name="down" size={12} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name} · {role}
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
        <Menu.Item component={Link} to="/sessions" leftSection={<Icon name="screen" />}>
          Signed-in sessions
        </Menu.Item>
        {me.kind === "person" ? (
          <Menu.Item component={Link} to="/my-tokens" leftSection={<Icon name="key" />}>
            My tokens
          </Menu.Item>
        ) : null}
        <Menu.Item
          leftSection={<Icon name="leave" />}
          onClick={() => signOut.mutate(undefined, { onSettled: (providerUrl) => onSignedOut(providerUrl ?? null) })}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
