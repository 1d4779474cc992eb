# SPDX-License-Identifier: LGPL-2.1-or-later
"""A certificate for 127.0.0.1, made anew for each run."""

import subprocess

REQUEST = '''[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = gst-discord interop test
[extensions]
basicConstraints = critical,CA:TRUE
subjectAltName = IP:127.0.0.1,DNS:localhost
'''


def make_certificate(folder):
    """Returns the paths of certificate and key; it is its own authority."""
    request = folder / 'request.cnf'
    certificate = folder / 'certificate.pem'
    key = folder / 'key.pem'
    request.write_text(REQUEST, encoding='utf-8')
    subprocess.run(
        ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
         'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-config', request,
         '-keyout', key, '-out', certificate],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return str(certificate), str(key)
