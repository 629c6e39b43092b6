"""What the controllers of clouds and load balancers write, and names of what lies in a cloud account. Data, pure."""

from services.planning.tools.rows import Place, Row, Tell, Tool

_DIGITAL_OCEAN = Tool(
    name="DigitalOcean",
    source="https://github.com/digitalocean/digitalocean-cloud-controller-manager/pull/245",
)
_OPENSTACK = Tool(
    name="OpenStack",
    source="https://github.com/kubernetes/cloud-provider-openstack/blob/master/docs/openstack-cloud-controller-manager/expose-applications-using-loadbalancer-type-service.md",
)
_HETZNER = Tool(
    name="Hetzner Cloud",
    source="https://github.com/hetznercloud/hcloud-cloud-controller-manager/blob/main/docs/reference/load_balancer_annotations.md",
)
_SCALEWAY = Tool(
    name="Scaleway",
    source="https://github.com/scaleway/scaleway-cloud-controller-manager/blob/master/docs/loadbalancer-annotations.md",
)
_EXOSCALE = Tool(
    name="Exoscale",
    source="https://github.com/exoscale/exoscale-cloud-controller-manager/blob/main/docs/service-loadbalancer.md",
)
_ALIBABA = Tool(
    name="Alibaba Cloud", source="https://github.com/kubernetes/cloud-provider-alibaba-cloud/blob/master/docs/usage.md"
)
_GKE = Tool(name="Google Kubernetes Engine", source="https://github.com/kubernetes/ingress-gce/issues/2581")
_AUTOPILOT = Tool(
    name="Google Kubernetes Engine",
    source="https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests",
)
_METALLB = Tool(name="MetalLB", source="https://metallb.io/usage/#requesting-specific-ips")
_KUBE_VIP = Tool(name="kube-vip", source="https://kube-vip.io/docs/usage/kubernetes-services/")
_CILIUM = Tool(name="Cilium", source="https://docs.cilium.io/en/stable/network/lb-ipam/#requesting-ips")
_CROSSPLANE = Tool(
    name="Crossplane", source="https://docs.crossplane.io/latest/managed-resources/managed-resources/#annotations"
)
_CONFIG_CONNECTOR = Tool(
    name="Config Connector",
    source="https://cloud.google.com/config-connector/docs/how-to/organizing-resources/project-scoped-resources",
)

# A controller that finds the id of a load balancer takes that load balancer over, and deletes it with the Service.
_OF_A_LOAD_BALANCER = "the source's load balancer: the target's controller would take it over"
_WRITTEN = "written by a controller about what it made for the source"

ROWS: tuple[Row, ...] = (
    *_DIGITAL_OCEAN.rows(
        Place.ANNOTATION,
        _OF_A_LOAD_BALANCER,
        "kubernetes.digitalocean.com/load-balancer-id",
        "service.k8s.digitalocean.com/load-balancer-id",
    ),
    *_OPENSTACK.rows(
        Place.ANNOTATION,
        _OF_A_LOAD_BALANCER,
        "loadbalancer.openstack.org/load-balancer-id",
        "loadbalancer.openstack.org/load-balancer-address",
    ),
    *_HETZNER.rows(
        Place.ANNOTATION,
        _OF_A_LOAD_BALANCER,
        "load-balancer.hetzner.cloud/id",
        "load-balancer.hetzner.cloud/ipv4",
        "load-balancer.hetzner.cloud/ipv6",
    ),
    *_SCALEWAY.rows(Place.ANNOTATION, _OF_A_LOAD_BALANCER, "service.beta.kubernetes.io/scw-loadbalancer-id"),
    *_EXOSCALE.rows(Place.ANNOTATION, _OF_A_LOAD_BALANCER, "service.beta.kubernetes.io/exoscale-loadbalancer-id"),
    *_ALIBABA.rows(
        Place.LABEL, _OF_A_LOAD_BALANCER, "service.k8s.alibaba/loadbalancer-id", "service.beta.kubernetes.io/hash"
    ),
    *_GKE.rows(Place.ANNOTATION, _WRITTEN, "cloud.google.com/neg-status"),
    *_GKE.rows(
        Place.ANNOTATION,
        _WRITTEN,
        "ingress.kubernetes.io/backends",
        "ingress.kubernetes.io/forwarding-rule",
        "ingress.kubernetes.io/https-forwarding-rule",
        "ingress.kubernetes.io/https-target-proxy",
        "ingress.kubernetes.io/ssl-cert",
        "ingress.kubernetes.io/static-ip",
        "ingress.kubernetes.io/target-proxy",
        "ingress.kubernetes.io/url-map",
        kinds=("Ingress.networking.k8s.io",),
    ),
    *_GKE.rows(
        Place.ANNOTATION,
        _WRITTEN,
        "service.kubernetes.io/backend-service",
        "service.kubernetes.io/firewall-rule*",
        "service.kubernetes.io/healthcheck*",
        "service.kubernetes.io/tcp-forwarding-rule*",
        "service.kubernetes.io/udp-forwarding-rule*",
        kinds=("Service",),
    ),
    *_AUTOPILOT.rows(
        Place.ANNOTATION,
        "written at admission, about requests that it changed",
        "autopilot.gke.io/resource-adjustment",
        "autopilot.gke.io/warden-version",
    ),
    *_METALLB.rows(
        Place.ANNOTATION, _WRITTEN, "metallb.io/ip-allocated-from-pool", "metallb.universe.tf/ip-allocated-from-pool"
    ),
    *_KUBE_VIP.rows(Place.ANNOTATION, _WRITTEN, "kube-vip.io/vipHost"),
    *_CROSSPLANE.rows(
        Place.ANNOTATION,
        "the progress of creating something in the cloud for the source",
        "crossplane.io/external-create-pending",
        "crossplane.io/external-create-succeeded",
        "crossplane.io/external-create-failed",
    ),
    # Names of what lies outside the cluster, which the copy would share.
    *_CILIUM.kept(
        Place.ANNOTATION,
        "an address of a load balancer",
        "lbipam.cilium.io/ips",
        "io.cilium/lb-ipam-ips",
        tell=Tell.OUTSIDE,
    ),
    *_CROSSPLANE.kept(
        Place.ANNOTATION,
        "a resource of the cloud account",
        "crossplane.io/external-name",
        tell=Tell.OUTSIDE,
    ),
    *_CONFIG_CONNECTOR.kept(
        Place.ANNOTATION,
        "the cloud project of a resource",
        "cnrm.cloud.google.com/project-id",
        tell=Tell.OUTSIDE,
    ),
)
