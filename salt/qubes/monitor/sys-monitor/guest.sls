{#- A template: the sampler, as the handler of qubes.Metrics.Get. -#}
{%- from "qubes/monitor/sys-monitor/map.jinja" import mon with context %}
{%- from "qubes/monitor/sys-monitor/only.jinja" import is_here, elsewhere with context %}
{%- from "qubes/monitor/sys-monitor/install.jinja" import install with context %}
{%- if is_here('template') != 'yes' %}
{{ elsewhere(mon.sls ~ '.guest', 'templates') }}
{%- else %}
{%- set handler = '/etc/qubes-rpc/qubes.Metrics.Get' %}
{%- set louder = '/usr/lib/sys-monitor/metrics-get' %}
{#- The question carries no argument: another priority than the sampler's own is a script before it. #}
{%- if mon.alerts != 'notice' %}
{{ louder }}:
  file.managed:
    - contents: |
        #!/bin/sh
        exec /usr/bin/mon-sample --alerts={{ mon.alerts }}
    - user: root
    - group: root
    - mode: '0755'
    - makedirs: True
    - dir_mode: '0755'
    - require_in:
      - file: {{ handler }}
{{ install('guest', mon.files, {handler: louder}) }}
{%- else %}
{{ install('guest', mon.files) }}
{{ louder }}:
  file.absent:
    - require:
      - file: {{ handler }}
{%- endif %}
{%- if grains['os_family'] == 'Debian' %}

{#- Without this file PAM writes an error into the journal at every call. #}
/etc/default/locale:
  file.managed:
    - contents: ''
    - user: root
    - group: root
    - mode: '0644'
    - unless: test -e /etc/default/locale
{%- endif %}

"mon-sample does not start here":
  cmd.run:
    - name: "echo 'See what /usr/bin/mon-sample --version says in this template.' >&2; exit 1"
    - unless: /usr/bin/mon-sample --version
    - require:
      - file: /usr/bin/mon-sample
{%- endif %}
