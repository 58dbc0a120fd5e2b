#!/bin/sh
# Builds, once and where Go is, the programs of others that read what we write, and prints the folder that holds them.
# About twenty minutes on two cores; a program that cannot be built is told, and the tests that want it fail.
set -eu
victoriametrics=v1.130.0
thanos=v0.42.4
mimir=v1.3.1-0.20260423142704-aced80d74930 # its releases are no module versions
folder="${XDG_CACHE_HOME:-$HOME/.cache}/slo-compiler/consumers-$victoriametrics-$thanos-${mimir##*-}"
export CGO_ENABLED=0 GOFLAGS=-mod=mod

# build PROGRAM MODULE@VERSION PACKAGE: in the module's own folder, which honours what its go.mod replaces
build() {
  [ ! -x "$folder/$1" ] || return 0
  echo "building $1 of $2, once" >&2
  source=$(go mod download -json "$2" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  if go build -C "$source" -ldflags "-s -w" -o "$folder/.$1" "$3" >"$folder/$1.log" 2>&1; then
    mv "$folder/.$1" "$folder/$1"
    rm "$folder/$1.log"
  else
    echo "$1 could not be built: $folder/$1.log" >&2
  fi
}

command -v go >/dev/null 2>&1 || { echo "make consumers: no Go to build them with: name the folder that holds them, SLO_CONSUMERS=DIR make consumers" >&2; exit 2; }
mkdir -p "$folder"
build victoria-metrics "github.com/VictoriaMetrics/VictoriaMetrics@$victoriametrics" ./app/victoria-metrics
build vmalert "github.com/VictoriaMetrics/VictoriaMetrics@$victoriametrics" ./app/vmalert
build thanos "github.com/thanos-io/thanos@$thanos" ./cmd/thanos
build mimir "github.com/grafana/mimir@$mimir" ./cmd/mimir
build mimirtool "github.com/grafana/mimir@$mimir" ./cmd/mimirtool
echo "$folder"
