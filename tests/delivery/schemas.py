"""Which keys the objects in delivery/ may have, so that their readers take them.

Written down in our words from what the projects publish, all Apache-2.0: Argo CD (3.x), Flux (source v1, kustomize v1), kustomize (v1beta1)
and Kubernetes (apps/v1). Only keys that we use or might use are named; those that are required are required here, too.
"""

from __future__ import annotations

from typing import Any

from tests.targets.schemas import TEXT, mapping, object_of

_FLAG = {"type": "boolean"}
_URL = {"type": "string", "pattern": r"^(https?|ssh)://"}
#: Of Go: what Flux takes as an interval.
_LENGTH = {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"}
_TEXTS = {"type": "array", "minItems": 1, "items": TEXT}
_COMMAND = mapping(["command"], command=_TEXTS, args=_TEXTS)


def listed(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": item}


_PLUGIN = mapping([], name=TEXT, env=listed(mapping(["name", "value"], name=TEXT, value=TEXT)))
#: Only one of the tools reads a source.
_ARGO_SOURCE = {
    **mapping(
        ["repoURL", "path"], repoURL=_URL, targetRevision=TEXT, path=TEXT, directory=mapping([], recurse=_FLAG, include=TEXT, exclude=TEXT), plugin=_PLUGIN
    ),
    "not": {"required": ["directory", "plugin"]},
}
_ARGO_SYNC = mapping(
    [], automated=mapping([], prune=_FLAG, selfHeal=_FLAG, allowEmpty=_FLAG),
    syncOptions=listed({"enum": ["ServerSideApply=true", "CreateNamespace=true", "ApplyOutOfSyncOnly=true"]}),
)  # fmt: skip
_APPLICATION = object_of(
    "argoproj.io/v1alpha1", "Application",
    spec=mapping(
        ["project", "source", "destination"], project=TEXT, source=_ARGO_SOURCE, syncPolicy=_ARGO_SYNC,
        destination=mapping(["server", "namespace"], server=_URL, namespace=TEXT),
    ),
)  # fmt: skip
_CONFIG_MANAGEMENT_PLUGIN = object_of(
    "argoproj.io/v1alpha1", "ConfigManagementPlugin",
    spec=mapping(["generate"], version=TEXT, init=_COMMAND, generate=_COMMAND, discover=mapping([], fileName=TEXT)),
)  # fmt: skip
_MOUNT = mapping(["name", "mountPath"], name=TEXT, mountPath={"type": "string", "pattern": "^/"}, subPath=TEXT, readOnly=_FLAG)
_CONTAINER = mapping(
    ["name", "image"], name=TEXT, image={"type": "string", "pattern": r":[^/:]+$"}, command=_TEXTS, args=_TEXTS, volumeMounts=listed(_MOUNT),
    securityContext=mapping(
        [], runAsNonRoot=_FLAG, runAsUser={"type": "integer"}, allowPrivilegeEscalation=_FLAG, capabilities=mapping([], drop=_TEXTS),
    ),
)  # fmt: skip
_VOLUME = mapping(["name"], name=TEXT, configMap=mapping(["name"], name=TEXT), emptyDir=mapping([]))
_POD = mapping(["spec"], spec=mapping(["containers"], containers=listed(_CONTAINER), volumes=listed(_VOLUME)))
#: A patch: the Deployment itself is Argo CD's.
_DEPLOYMENT = object_of("apps/v1", "Deployment", spec=mapping(["template"], template=_POD))
_GIT_REPOSITORY = object_of(
    "source.toolkit.fluxcd.io/v1", "GitRepository",
    spec=mapping(
        ["interval", "url"], interval=_LENGTH, url=_URL, timeout=_LENGTH, ref=mapping([], branch=TEXT, tag=TEXT, semver=TEXT, commit=TEXT),
        secretRef=mapping(["name"], name=TEXT), ignore=TEXT, suspend=_FLAG,
    ),
)  # fmt: skip
_FLUX_KUSTOMIZATION = object_of(
    "kustomize.toolkit.fluxcd.io/v1", "Kustomization",
    spec=mapping(
        ["interval", "prune", "sourceRef"], interval=_LENGTH, retryInterval=_LENGTH, timeout=_LENGTH, prune=_FLAG, wait=_FLAG, force=_FLAG, suspend=_FLAG,
        path={"type": "string", "pattern": r"^\./"}, targetNamespace=TEXT,
        sourceRef=mapping(["kind", "name"], kind={"enum": ["GitRepository", "OCIRepository", "Bucket"]}, name=TEXT, namespace=TEXT),
    ),
)  # fmt: skip
_KUSTOMIZE = mapping(
    ["apiVersion", "kind"], apiVersion={"const": "kustomize.config.k8s.io/v1beta1"}, kind={"const": "Kustomization"}, namespace=TEXT, resources=_TEXTS,
    configMapGenerator=listed(mapping(["name", "files"], name=TEXT, files=_TEXTS)), patches=listed(mapping(["path"], path=TEXT)),
)  # fmt: skip

#: By group and kind, because two of them are called Kustomization.
OBJECTS = {
    ("argoproj.io", "Application"): _APPLICATION,
    ("argoproj.io", "ConfigManagementPlugin"): _CONFIG_MANAGEMENT_PLUGIN,
    ("apps", "Deployment"): _DEPLOYMENT,
    ("source.toolkit.fluxcd.io", "GitRepository"): _GIT_REPOSITORY,
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): _FLUX_KUSTOMIZATION,
    ("kustomize.config.k8s.io", "Kustomization"): _KUSTOMIZE,
}
