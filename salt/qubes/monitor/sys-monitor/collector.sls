{#- The template of sys-monitor: the collector and its units.  The units are enabled for every qube of
    the template, and stay off where dom0 did not set the service flag.  The sampler comes along:
    mon-scrape --local runs it. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here, elsewhere with context %}
{%- from "qubes/monitor/sys-monitor/install.jinja" import install, applied, programs with context %}
{%- if is_here('template') != 'yes' %}
{{ elsewhere(mon.sls ~ '.collector', "sys-monitor's template") }}
{%- else %}
include:
  - {{ mon.sls }}.guest

{{ applied('collector') }}

{#- A minimal template may lack the libraries of mon-archive and mon-top.  Salt 3006 cannot use the dnf of Fedora 41. #}
"libraries of the collector":
{%- if grains['os_family'] == 'Debian' %}
{#- Debian 13 renamed two, and Salt does not take the old names that the new packages provide. #}
{%- set t64 = 't64' if grains.get('os') == 'Debian' and grains.get('osmajorrelease', 0) | int >= 13 else '' %}
  pkg.installed:
    - pkgs:
      - libarchive13{{ t64 }}
      - libnettle8{{ t64 }}
      - libncursesw6
      - libtinfo6
{%- else %}
  cmd.run:
    - name: dnf -y install libarchive nettle ncurses-libs
    - unless: rpm -q libarchive nettle ncurses-libs
{%- endif %}

{{ install('collector', mon.files) }}
{#- Looked at in every run, not only after a change: a run that failed here must not be forgotten. #}
{%- for program in programs('collector').split() %}

"{{ program }} does not start here":
  cmd.run:
    - name: "echo 'See what {{ program }} --version says in {{ grains['id'] }}: a library may be missing.' >&2; exit 1"
    - unless: {{ program }} --version
    - require:
      - file: {{ program }}
      - {{ 'pkg' if grains['os_family'] == 'Debian' else 'cmd' }}: "libraries of the collector"
{%- endfor %}
{%- endif %}
