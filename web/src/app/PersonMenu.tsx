import { ActionIcon, Menu } from "@mantine/core";
import { IconLogout, IconSettings, IconUser } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { useUser } from "@/api/session";
import { tellProblem } from "@/ui/notices";

/** Who is signed in, the way to the account, and the way out. */
export function PersonMenu() {
  const { t } = useTranslation();
  const user = useUser();
  const navigate = useNavigate();
  return (
    <Menu position="right-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t("nav.person", { name: user.name })} title={user.name}>
          <IconUser size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.display_name || user.name}</Menu.Label>
        <Menu.Item
          leftSection={<IconSettings size={14} />}
          onClick={() => navigate("/settings/account")}
        >
          {t("nav.account")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={14} />} onClick={() => void signOut()}>
          {t("nav.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

async function signOut(): Promise<void> {
  try {
    await api.DELETE("/api/v1/session");
    window.location.assign("/sign-in"); // loads anew: nothing of this person stays in the page
  } catch (problem) {
    tellProblem(problem);
  }
}
