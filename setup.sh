#!/bin/sh
#
# setup.sh - installs what eagain needs and this machine lacks, and nothing else.
#
# Whether a thing is there is found out by trying it: a command is asked for its version, a header is included, a
# library is linked with. The package manager's own records are not asked, so a tool that came by another way counts.

set -u
cd -P "$(dirname "$0")" || exit 2
export LC_ALL=C # what tools print is read below
log=build/setup.log

usage()
{
    cat <<'END'
usage: ./setup.sh [--check | --help]

Installs what eagain needs and this machine lacks, by apt, dnf, pacman, zypper or apk; through sudo if need be.

  --check   only list each tool and library with its version, and what is missing; change nothing
  --help    show this text

Exit status: 0 all is there; 1 --check found something missing; 2 something could not be done.
END
}

# One line a thing: its name, how to try it, and its package for apt-get, dnf, pacman, zypper and apk.
# Debian 12 and 13 are tested; for the others the names are from the distributions' package lists.
things()
{
    cat <<'END'
gcc          command:gcc                gcc            gcc                gcc        gcc              gcc
C-headers    header:stdio.h             libc6-dev      glibc-devel        glibc      glibc-devel      musl-dev
make         command:make               make           make               make       make             make
binutils     command:objcopy            binutils       binutils           binutils   binutils         binutils
pkg-config   command:pkg-config         pkg-config     pkgconf-pkg-config pkgconf    pkg-config       pkgconf
check        library:check              check          check-devel        check      check-devel      check-dev
expat        library:expat              libexpat1-dev  expat-devel        expat      libexpat-devel   expat-dev
jansson      library:jansson            libjansson-dev jansson-devel      jansson    libjansson-devel jansson-dev
valgrind     valgrind:valgrind          valgrind       valgrind           valgrind   valgrind         valgrind
memcheck.h   header:valgrind/memcheck.h valgrind       valgrind-devel     valgrind   valgrind-devel   valgrind-dev
lcov         command:lcov               lcov           lcov               lcov       lcov             lcov
bubblewrap   command:bwrap              bubblewrap     bubblewrap         bubblewrap bubblewrap       bubblewrap
flock        command:flock              util-linux     util-linux         util-linux util-linux       flock
git          command:git                git            git                git        git              git
clang        command:clang              clang          clang              clang      clang            clang
clang-format command:clang-format       clang-format   clang-tools-extra  clang      clang-tools      clang-extra-tools
shellcheck   command:shellcheck         shellcheck     ShellCheck         shellcheck ShellCheck       shellcheck
strace       command:strace             strace         strace             strace     strace           strace
unzip        command:unzip              unzip          unzip              unzip      unzip            unzip
inotify      command:inotifywait        inotify-tools  inotify-tools      inotify-tools inotify-tools inotify-tools
END
}

die()
{
    printf 'setup.sh: %s\n' "$1" >&2
    exit 2
}

find_manager()
{
    for manager in apt-get dnf pacman zypper apk; do
        command -v "$manager" >/dev/null && return
    done
    manager=none
}

# try KIND NAME: ends with 0 and prints a version if the thing can be used.
try()
{
    case $1 in
    header)
        echo "#include <$2>" | gcc -E -x c - >/dev/null && echo yes
        ;;
    library)
        # pkg-config's answer is several words, and several it has to stay.
        # shellcheck disable=SC2046
        echo 'int main(void) { return 0; }' | gcc -x c - -o /dev/null $(pkg-config --cflags --libs "$2") &&
            pkg-config --modversion "$2"
        ;;
    valgrind)
        # Where the C library is stripped, Valgrind is there but ends at once, for want of its debugging symbols.
        "$2" -q true && try command "$2"
        ;;
    command)
        command -v "$2" >/dev/null && "$2" --version | sed -n 's/^[^0-9]*\([0-9][0-9.]*[0-9]\).*/\1/p' | head -n 1
        ;;
    esac
} </dev/null 2>/dev/null

# Tries everything. Leaves a table for people in $table, the names of what is missing in $missing and the packages
# to install in $packages (in both, a space before each).
survey()
{
    table='' missing='' packages=''
    while read -r name how apt dnf pacman zypper apk; do
        if version=$(try "${how%%:*}" "${how#*:}"); then
            table="$table$(printf '%-13s %s' "$name" "$version")
"
            continue
        fi
        table="$table$(printf '%-13s missing' "$name")
"
        missing="$missing $name"
        case $manager in
        apt-get) package=$apt ;;
        dnf) package=$dnf ;;
        pacman) package=$pacman ;;
        zypper) package=$zypper ;;
        *) package=$apk ;;
        esac
        case "$packages " in
        *" $package "*) ;; # it has another missing thing as well
        *) packages="$packages $package" ;;
        esac
    done <<END
$(things)
END
}

# install PACKAGE...: runs the package manager, which must not ask anything. What it says goes to the log.
install()
{
    case $manager in
    apt-get)
        # Lists that cannot be renewed may be good enough; if they are not, the install itself says so.
        # An apt that runs already, as it does on a new machine, is waited for.
        $as_root apt-get update
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -o DPkg::Lock::Timeout=60 -y --no-install-recommends install "$@"
        ;;
    dnf) $as_root dnf -y --setopt=install_weak_deps=False install "$@" ;;
    pacman) $as_root pacman -Sy --needed --noconfirm "$@" ;;
    zypper) $as_root zypper --non-interactive install --no-recommends "$@" ;;
    apk) $as_root apk add --update-cache "$@" ;;
    esac
} </dev/null >"$log" 2>&1

# Prints the first line of the log that looks like a reason, or else its last one.
reason()
{
    { grep -iE '^(E:|error)' "$log" || tail -n 1 "$log"; } | head -n 1
}

check_only=no
[ $# -le 1 ] || die "too many arguments; see ./setup.sh --help"
case ${1-} in
'') ;;
--check) check_only=yes ;;
--help) usage && exit 0 ;;
*) die "unknown option '$1'; see ./setup.sh --help" ;;
esac

find_manager
survey
if [ "$check_only" = yes ]; then
    printf '%s' "$table"
    [ -z "$missing" ] && exit 0
    printf '\nmissing:%s (./setup.sh installs it)\n' "$missing"
    exit 1
fi

if [ -z "$missing" ]; then
    echo "setup.sh: all is there, nothing to install"
    exit 0
fi
[ "$manager" != none ] || die "no apt, dnf, pacman, zypper or apk here; please install by hand:$missing"
as_root=''
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "not root, and there is no sudo; ask root to install:$packages"
    as_root=sudo
fi
if ! { mkdir -p build && : >"$log"; } 2>/dev/null; then
    die "cannot write $log"
fi

echo "setup.sh: $manager installs$packages (it reports to $log)"
# $packages is a list of words.
# shellcheck disable=SC2086
install $packages || die "$manager failed (is there a network?): $(reason) (more in $log)"
survey
[ -z "$missing" ] || die "$manager succeeded, and still this is missing:$missing (see $log)"
echo "setup.sh: all is there now"
