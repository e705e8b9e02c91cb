{#- By the top file, for every target of state.apply: the part that concerns it, if any does. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- set id = grains['id'] %}
{%- set parts = ['policy', 'qube'] if id == 'dom0' else
	['collector'] if id == mon.template else
	['guest'] if id in mon.guests else
	['config'] if id == mon.name else [] %}
{%- if parts %}
include:
{%- for part in parts %}
  - {{ mon.sls }}.{{ part }}
{%- endfor %}
{%- endif %}
