#!/usr/bin/env bash
# The steps of action.yml, one a word: install, validate, tell, check, hold.
set -euo pipefail

bin="$RUNNER_TEMP/slo-compiler/bin"

# Into an environment of its own, because a runner's Python may be managed by its system; `slo` is there for later steps, too.
# Python is isolated (-I): no module of the checkout, which a pull request may have brought, takes the place of a library.
install() {
  if ! python3 -I -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "::error title=slo-compiler::Python 3.11 or newer is needed: add a step with actions/setup-python before this one"
    return 2
  fi
  python3 -I -m venv "$RUNNER_TEMP/slo-compiler"
  "$bin/python" -I -m pip install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH"
  echo "$bin" >>"$GITHUB_PATH"
  "$bin/slo" --version
}

# slo WORD...: the tool, its PATHs at the end, without the blanks around them.
slo() {
  local path paths=() given=${SLO_PATHS:-}
  given=${given//$'\r'/}
  while IFS=$' \t' read -r path; do
    if [ -n "$path" ]; then paths+=("$path"); fi
  done <<<"$given"
  "$bin/slo" "$@" ${paths[@]+"${paths[@]}"}
}

validate() {
  slo validate --format github ${strict[@]+"${strict[@]}"}
}

check() {
  slo compile --check --format github ${strict[@]+"${strict[@]}"}
}

# What changes, in the summary of the job and on the pull request. That it cannot be told fails nothing here: the SLOs themselves are valid.
tell() {
  local base range report errors verdict changes code=0
  report=$(mktemp "$RUNNER_TEMP/slo-diff.XXXXXX") errors=$(mktemp "$RUNNER_TEMP/slo-errors.XXXXXX")
  base=$(found "${SLO_BASE:-}") || code=$?
  if [ "$code" = 1 ]; then return 0; fi
  if [ "$code" != 0 ]; then unknown && return 0; fi
  range="$base..HEAD"
  if git merge-base "$base" HEAD >/dev/null 2>&1; then range="$base...HEAD"; fi
  if ! slo diff "$range" --format markdown --exit-zero >"$report" 2>"$errors"; then
    note warning "what changes cannot be told, because $base cannot be read"
    cat "$errors"
    unknown && return 0
  fi
  read -r verdict changes < <(slo diff "$range" --format json --exit-zero | counted)
  printf 'verdict=%s\nreport=%s\n' "$verdict" "$report" >>"$GITHUB_OUTPUT"
  cat "$report" >>"$GITHUB_STEP_SUMMARY"
  if [ -n "${SLO_PULL_REQUEST:-}" ]; then
    comment "$report" "$changes" || note notice "the pull request could not be commented on, which needs \`pull-requests: write\`; the summary of the job tells what changes"
  fi
}

# There is something to compare with, and it cannot be compared.
unknown() {
  echo verdict=unknown >>"$GITHUB_OUTPUT"
}

# The verdict of a diff, and how many things it tells.
counted() {
  "$bin/python" -I -c 'import json, sys; diff = json.load(sys.stdin); print(diff["verdict"], len(diff["project"]) + len(diff["slos"]))'
}

# found REVISION: its short name, after it was fetched where the clone lacks it; 1 where there is none (a new branch has a base of zeros),
# 2 where it cannot be had.
found() {
  case "$1" in *[!0]*) ;; *) note notice "there is nothing to compare with" >&2 && return 1 ;; esac
  git rev-parse --verify --quiet --short "$1^{commit}" && return
  git fetch --quiet --no-tags --depth=1 -- origin "$1" >/dev/null 2>&1 || true
  git rev-parse --verify --quiet --short "$1^{commit}" && return
  note warning "there is no revision $1 to compare with: give actions/checkout \`fetch-depth: 0\`" >&2
  return 2
}

# comment FILE CHANGES: one comment for each project, found again by a mark that readers do not see. None is begun where nothing changed.
comment() {
  local own body
  body=$(mktemp "$RUNNER_TEMP/slo-comment.XXXXXX")
  export SLO_MARK="<!-- slo-compiler: ${SLO_PLACE:-.} -->"
  { echo "$SLO_MARK" && cat "$1"; } >"$body"
  own=$(gh pr view "$SLO_PULL_REQUEST" --repo "$GITHUB_REPOSITORY" --json comments \
    --jq 'last(.comments[] | select(.viewerDidAuthor and (.body | startswith(env.SLO_MARK))) | .url) // ""') || return 1
  if [ -n "$own" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${own##*-}" -F "body=@$body"
  elif [ "$2" != 0 ]; then
    gh pr comment "$SLO_PULL_REQUEST" --repo "$GITHUB_REPOSITORY" --body-file "$body"
  fi
}

# What is not known is held, too: else a mistake in the base would let everything pass.
hold() {
  case "${SLO_VERDICT:-}" in
    weaker) note error "alerts get weaker; the summary of the job tells which" ;;
    unknown) note error "whether alerts get weaker is not known: the warning of the step before says why; mend what it names, or compare with another \`base\`" ;;
    *) return 0 ;;
  esac
  return 1
}

# note LEVEL TEXT: an annotation of GitHub.
note() {
  echo "::$1 title=slo-compiler::$2"
}

strict=()
if [ "${SLO_STRICT:-}" = true ]; then strict=(--strict); fi
case "${1:-}" in
  install | validate | tell | check | hold) "$1" ;;
  *) echo "usage: github.sh install|validate|tell|check|hold" >&2 && exit 2 ;;
esac
