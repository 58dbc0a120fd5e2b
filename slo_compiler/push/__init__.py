"""Rules into a ruler that keeps them in a store: what is there beside what shall be there, as steps; and the steps taken, or taken back."""

from __future__ import annotations

from slo_compiler.push.doing import Halt, Outcome, Patience, State, insist, take
from slo_compiler.push.plan import Conflict, Kind, Name, Plan, Step, plan, services, shown

__all__ = ["Conflict", "Halt", "Kind", "Name", "Outcome", "Patience", "Plan", "State", "Step", "insist", "plan", "services", "shown", "take"]
