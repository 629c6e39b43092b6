/** Changes on a practice cluster past Stagecoach, as a person with kubectl makes them. */
import { request } from "node:https";
import { parse } from "yaml";

interface Kubeconfig {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { token: string } }[];
}

/** Changes the spec of a Deployment of shop; throws where the cluster refuses. */
export const patched = (kubeconfig: string, name: string, spec: object): Promise<void> =>
  sent(kubeconfig, `apis/apps/v1/namespaces/shop/deployments/${name}`, { spec });

/** Sets keys of a ConfigMap of shop; throws where the cluster refuses. */
export const withKeys = (kubeconfig: string, name: string, data: Record<string, string>): Promise<void> =>
  sent(kubeconfig, `api/v1/namespaces/shop/configmaps/${name}`, { data });

async function sent(kubeconfig: string, path: string, change: object): Promise<void> {
  const { clusters, users } = parse(kubeconfig) as Kubeconfig;
  const { server, "certificate-authority-data": authority } = clusters[0]!.cluster;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sending = request(
      `${server}/${path}?fieldManager=kubectl-edit`,
      {
        method: "PATCH",
        ca: Buffer.from(authority, "base64"),
        headers: {
          Authorization: `Bearer ${users[0]!.user.token}`,
          "Content-Type": "application/strategic-merge-patch+json",
        },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sending.on("error", reject);
    sending.end(JSON.stringify(change));
  });
  if (status !== 200) throw new Error(`The cluster answered ${status} to a change of ${path}.`);
}
