#!/bin/sh
# Brings the servers that tests run on: Debian's Prometheus 2.42 and Alertmanager with root, and Prometheus 3, built where Go is; and a browser.
# Does nothing where all is there. Exit 2, with one sentence, where something is missing that cannot be brought.
set -eu
version=3.16.0
tag=v0.316.0 # the same, as Go modules count it
built="${XDG_CACHE_HOME:-$HOME/.cache}/slo-compiler/prometheus-$version"

has() { command -v "$1" >/dev/null 2>&1; }
has_alertmanager() { has prometheus-alertmanager || has alertmanager; }

if ! has promtool || ! has prometheus || ! has_alertmanager; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "installing prometheus and prometheus-alertmanager"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install -y --no-install-recommends prometheus prometheus-alertmanager; } >/dev/null 2>&1 ||
      { echo "make test: apt-get could not install prometheus and prometheus-alertmanager" >&2; exit 2; }
  elif ! { has docker && docker info >/dev/null 2>&1; }; then
    echo "make test: tests need prometheus, promtool and alertmanager: sudo apt-get install prometheus prometheus-alertmanager (or start Docker)" >&2
    exit 2
  fi
fi

if ! { has chromium || has chromium-browser || has google-chrome; }; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "installing chromium, which prints reports"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 ||
      { echo "make test: apt-get could not install chromium" >&2; exit 2; }
  else
    echo "make test: tests print reports with Chromium: sudo apt-get install chromium" >&2
    exit 2
  fi
fi

if [ ! -x "$built/promtool" ] || [ ! -x "$built/prometheus" ]; then
  if has go; then
    echo "building Prometheus $version, once (about 5 minutes)"
    mkdir -p "$(dirname "$built")"
    new=$(mktemp -d "$(dirname "$built")/.build.XXXXXX")
    trap 'rm -rf "$new"' EXIT
    if CGO_ENABLED=0 GOBIN="$new" GOFLAGS=-mod=mod go install -tags remove_all_sd -ldflags "-s -w" \
      "github.com/prometheus/prometheus/cmd/promtool@$tag" "github.com/prometheus/prometheus/cmd/prometheus@$tag" >"$new/log" 2>&1; then
      rm -rf "$built" "$new/log"
      mv "$new" "$built"
      chmod 755 "$built"
    else
      tail -5 "$new/log" >&2
      [ "${CI:-}" != true ] || { echo "make test: Prometheus $version could not be built" >&2; exit 2; }
      echo "Prometheus $version could not be built: only the one that is installed is tested"
    fi
  elif [ "${CI:-}" = true ]; then
    echo "make test: Prometheus $version is missing, and Go to build it" >&2
    exit 2
  else
    echo "no Go to build Prometheus $version with: only the one that is installed is tested"
  fi
fi
