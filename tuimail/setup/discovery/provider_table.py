"""The built-in table of providers: servers, what to log in with, and what a person has to do there first.

A host is written `name port [starttls] [username]`; without `starttls`, TLS speaks from the first octet. Where a
provider documents both an implicit and an explicit port, the implicit one stands here (RFC 8314, section 3).
"""

from __future__ import annotations

from tuimail.config.schema import OAuth2Provider
from tuimail.model.server import Security
from tuimail.setup.discovery.provider import Host, Provider, Way

_APP = (Way.APP_PASSWORD,)
_APP_OR_OAUTH = (Way.APP_PASSWORD, Way.OAUTH2)
_OAUTH = (Way.OAUTH2,)
_TURN_ON = "Mail programs must be allowed first, in the settings of the web mail (POP3/IMAP)."


def _host(text: str) -> Host | None:
    if not text:
        return None
    name, *rest = text.split()
    port = int(rest.pop(0))
    security = Security.TLS
    if rest and rest[0] == "starttls":
        security = Security(rest.pop(0))
    return Host(name, port, security, rest[0] if rest else "{address}")


def _provider(
    name: str,
    *,
    domains: str = "",
    mx: str = "",
    imap: str = "",
    pop3: str = "",
    smtp: str = "",
    ways: tuple[Way, ...] = (Way.PASSWORD,),
    oauth2: OAuth2Provider | None = None,
    note: str = "",
    page: str = "",
) -> Provider:
    return Provider(
        name,
        frozenset(domains.split()),
        tuple(mx.split()),
        _host(imap),
        _host(pop3),
        _host(smtp),
        ways=ways,
        oauth2=oauth2,
        note=note,
        page=page,
    )


PROVIDERS: tuple[Provider, ...] = (
    _provider(
        "Gmail",
        domains="gmail.com googlemail.com",
        mx="google.com googlemail.com",
        imap="imap.gmail.com 993",
        pop3="pop.gmail.com 995",
        smtp="smtp.gmail.com 465",
        ways=_APP_OR_OAUTH,
        oauth2=OAuth2Provider.GOOGLE,
        note="Google takes no account password here, but an app password (2-step verification must be on); make one at",
        page="https://myaccount.google.com/apppasswords",
    ),
    _provider(
        "Outlook.com",
        domains="outlook.com hotmail.com live.com msn.com passport.com windowslive.com outlook.de outlook.fr outlook.es"
        " outlook.it outlook.at outlook.be outlook.dk outlook.pt outlook.jp outlook.kr outlook.co.nz outlook.com.au"
        " outlook.com.br outlook.in outlook.ie outlook.cz outlook.hu outlook.sa outlook.sg hotmail.de hotmail.fr"
        " hotmail.es hotmail.it hotmail.nl hotmail.be hotmail.se hotmail.no hotmail.dk hotmail.fi hotmail.ch"
        " hotmail.co.uk hotmail.co.jp hotmail.com.br hotmail.com.ar live.de live.fr live.it live.nl live.be live.ca"
        " live.se live.no live.dk live.at live.ie live.jp live.co.uk live.co.za live.com.au live.com.mx live.com.pt",
        mx="olc.protection.outlook.com",
        imap="outlook.office365.com 993",
        pop3="outlook.office365.com 995",
        smtp="smtp-mail.outlook.com 587 starttls",
        ways=_OAUTH,
        oauth2=OAuth2Provider.MICROSOFT,
        note="Microsoft lets mail programs in by OAuth 2.0 only. POP3 and IMAP are turned on at",
        page="https://outlook.live.com/mail/options/mail/forwarding",
    ),
    _provider(
        "Microsoft 365",
        mx="mail.protection.outlook.com mx.microsoft",
        imap="outlook.office365.com 993",
        pop3="outlook.office365.com 995",
        smtp="smtp.office365.com 587 starttls",
        ways=_OAUTH,
        oauth2=OAuth2Provider.MICROSOFT,
        note="Microsoft lets mail programs in by OAuth 2.0 only, and your organisation may have to agree to it.",
    ),
    _provider(
        "iCloud",
        domains="icloud.com me.com mac.com",
        mx="mail.icloud.com",
        imap="imap.mail.me.com 993",
        smtp="smtp.mail.me.com 587 starttls",
        ways=_APP,
        note="Apple wants an app-specific password; make one at",
        page="https://account.apple.com/account/manage",
    ),
    _provider(
        "Fastmail",
        domains="fastmail.com fastmail.fm fastmail.cn fastmail.co.uk fastmail.com.au fastmail.de fastmail.es"
        " fastmail.fr fastmail.in fastmail.jp fastmail.mx fastmail.net fastmail.nl fastmail.org fastmail.se"
        " fastmail.to fastmail.tw fastmail.uk fastmail.us sent.com messagingengine.com",
        mx="messagingengine.com",
        imap="imap.fastmail.com 993",
        pop3="pop.fastmail.com 995",
        smtp="smtp.fastmail.com 465",
        ways=_APP_OR_OAUTH,
        oauth2=OAuth2Provider.FASTMAIL,
        note="Fastmail wants an app password; make one at",
        page="https://app.fastmail.com/settings/security/apps",
    ),
    _provider(
        "AOL",
        domains="aol.com aim.com aol.de aol.fr aol.it aol.co.uk love.com ygm.com games.com wow.com",
        mx="mx-aol.mail.gm0.yahoodns.net mx.aol.com",
        imap="imap.aol.com 993",
        pop3="pop.aol.com 995",
        smtp="smtp.aol.com 465",
        ways=_APP_OR_OAUTH,
        oauth2=OAuth2Provider.AOL,
        note="AOL wants an app password; make one at",
        page="https://login.aol.com/account/security",
    ),
    _provider(
        "AT&T",
        domains="att.net sbcglobal.net bellsouth.net ameritech.net pacbell.net swbell.net flash.net",
        mx="prodigy.net",
        imap="imap.mail.att.net 993",
        pop3="inbound.att.net 995",
        smtp="outbound.att.net 465",
        ways=_APP,
        note="AT&T wants a secure mail key in place of the password; make one in your profile at",
        page="https://www.att.com/my/",
    ),
    _provider(
        "Yahoo",
        domains="yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.ca yahoo.co.id yahoo.co.in yahoo.co.nz"
        " yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.co yahoo.com.hk"
        " yahoo.com.mx yahoo.com.my yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.vn yahoo.de yahoo.dk"
        " yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.pt"
        " yahoo.ro yahoo.se",
        mx="yahoodns.net",
        imap="imap.mail.yahoo.com 993",
        pop3="pop.mail.yahoo.com 995",
        smtp="smtp.mail.yahoo.com 465",
        ways=_APP_OR_OAUTH,
        oauth2=OAuth2Provider.YAHOO,
        note="Yahoo wants an app password; make one at",
        page="https://login.yahoo.com/account/security",
    ),
    _provider(
        "GMX",
        domains="gmx.net gmx.de gmx.at gmx.ch gmx.info gmx.biz gmx.org gmx.eu",
        mx="gmx.net",
        imap="imap.gmx.net 993",
        pop3="pop.gmx.net 995",
        smtp="mail.gmx.net 465",
        note=_TURN_ON,
    ),
    _provider(
        "GMX.com",
        domains="gmx.com gmx.us gmx.co.uk gmx.fr gmx.es gmx.it",
        mx="gmx.com",
        imap="imap.gmx.com 993",
        pop3="pop.gmx.com 995",
        smtp="mail.gmx.com 465",
        note=_TURN_ON,
    ),
    _provider(
        "WEB.DE",
        domains="web.de email.de",
        mx="web.de",
        imap="imap.web.de 993",
        pop3="pop3.web.de 995",
        smtp="smtp.web.de 587 starttls",
        note=_TURN_ON,
    ),
    _provider(
        "mailbox.org",
        domains="mailbox.org",
        mx="mailbox.org",
        imap="imap.mailbox.org 993",
        pop3="pop3.mailbox.org 995",
        smtp="smtp.mailbox.org 465",
        note="With two-factor log-in on, mailbox.org wants an app password, from its settings.",
    ),
    _provider(
        "Posteo",
        domains="posteo.de posteo.net posteo.org posteo.eu posteo.at posteo.be posteo.ch posteo.dk posteo.es posteo.fr"
        " posteo.it posteo.jp posteo.la posteo.me posteo.mx posteo.nl posteo.pl posteo.pm posteo.pt posteo.ro"
        " posteo.ru posteo.se posteo.si posteo.uk posteo.us posteo.af posteo.asia posteo.ca posteo.cl posteo.co"
        " posteo.co.uk posteo.com.br posteo.cr posteo.cz posteo.ee posteo.gl posteo.gr posteo.hn posteo.hr posteo.hu"
        " posteo.ie posteo.in posteo.is posteo.li posteo.lt posteo.lu posteo.lv posteo.my posteo.ng posteo.no",
        mx="posteo.de",
        imap="posteo.de 993",
        pop3="posteo.de 995",
        smtp="posteo.de 465",
    ),
    _provider(
        "Proton Mail",
        domains="proton.me protonmail.com protonmail.ch pm.me",
        mx="protonmail.ch",
        imap="127.0.0.1 1143 starttls",
        smtp="127.0.0.1 1025 starttls",
        ways=_APP,
        note="Proton Mail Bridge must run on this machine (IMAP on port 1143); log in with the password that Bridge"
        " shows, and trust the certificate that it made.",
        page="https://proton.me/mail/bridge",
    ),
    _provider(
        "Zoho Mail",
        domains="zoho.com zohomail.com",
        imap="imap.zoho.com 993",
        pop3="pop.zoho.com 995",
        smtp="smtp.zoho.com 465",
        note="IMAP or POP3 must be turned on in Zoho's settings; with two-factor log-in on, make an app password at",
        page="https://accounts.zoho.com/home#security/app_password",
    ),
    _provider(
        "Zoho Mail (Europe)",
        domains="zoho.eu zohomail.eu",
        imap="imap.zoho.eu 993",
        pop3="pop.zoho.eu 995",
        smtp="smtp.zoho.eu 465",
        note="IMAP or POP3 must be turned on in Zoho's settings; with two-factor log-in on, make an app password at",
        page="https://accounts.zoho.eu/home#security/app_password",
    ),
    _provider(
        "Zoho Workplace",
        mx="zoho.com",
        imap="imappro.zoho.com 993",
        pop3="poppro.zoho.com 995",
        smtp="smtppro.zoho.com 465",
        note="IMAP or POP3 must be turned on in Zoho's settings; two-factor log-in needs an app password.",
    ),
    _provider(
        "Zoho Workplace (Europe)",
        mx="zoho.eu",
        imap="imappro.zoho.eu 993",
        pop3="poppro.zoho.eu 995",
        smtp="smtppro.zoho.eu 465",
        note="IMAP or POP3 must be turned on in Zoho's settings; two-factor log-in needs an app password.",
    ),
    _provider(
        "Yandex",
        domains="yandex.ru yandex.com ya.ru yandex.by yandex.kz yandex.ua narod.ru",
        mx="yandex.ru yandex.net",
        imap="imap.yandex.ru 993",
        pop3="pop.yandex.ru 995",
        smtp="smtp.yandex.ru 465",
        ways=_APP_OR_OAUTH,
        oauth2=OAuth2Provider.YANDEX,
        note="Yandex wants an app password (and mail programs allowed in its settings); make one at",
        page="https://id.yandex.com/security/app-passwords",
    ),
    _provider(
        "Mail.ru",
        domains="mail.ru inbox.ru bk.ru list.ru internet.ru",
        mx="mail.ru",
        imap="imap.mail.ru 993",
        pop3="pop.mail.ru 995",
        smtp="smtp.mail.ru 465",
        ways=_APP_OR_OAUTH,
        oauth2=OAuth2Provider.MAILRU,
        note="Mail.ru wants a password for external applications; make one at",
        page="https://account.mail.ru/user/2-step-auth/passwords",
    ),
    _provider(
        "mail.com",
        domains="mail.com email.com usa.com post.com consultant.com europe.com engineer.com writeme.com",
        mx="mail.com",
        imap="imap.mail.com 993",
        pop3="pop.mail.com 995",
        smtp="smtp.mail.com 465",
        note=_TURN_ON,
    ),
    _provider(
        "T-Online",
        domains="t-online.de magenta.de",
        mx="t-online.de",
        imap="secureimap.t-online.de 993",
        pop3="securepop.t-online.de 995",
        smtp="securesmtp.t-online.de 465",
        note="Telekom wants its password for mail programs (not that of the log-in); set one in the customer centre.",
    ),
    _provider(
        "freenet",
        domains="freenet.de",
        mx="freenet.de",
        imap="mx.freenet.de 993",
        pop3="mx.freenet.de 995",
        smtp="mx.freenet.de 587 starttls",
    ),
    _provider(
        "IONOS",
        mx="kundenserver.de ionos.de",
        imap="imap.ionos.de 993",
        pop3="pop.ionos.de 995",
        smtp="smtp.ionos.de 465",
    ),
    _provider(
        "IONOS",
        mx="ionos.com 1and1.com perfora.net",
        imap="imap.ionos.com 993",
        pop3="pop.ionos.com 995",
        smtp="smtp.ionos.com 465",
    ),
    _provider("STRATO", mx="rzone.de", imap="imap.strato.de 993", pop3="pop3.strato.de 995", smtp="smtp.strato.de 465"),
    _provider("OVH", mx="mail.ovh.net", imap="ssl0.ovh.net 993", pop3="ssl0.ovh.net 995", smtp="ssl0.ovh.net 465"),
    _provider(
        "Gandi",
        mx="mail.gandi.net",
        imap="mail.gandi.net 993",
        pop3="mail.gandi.net 995",
        smtp="mail.gandi.net 465",
    ),
    _provider(
        "Infomaniak",
        domains="ik.me ikmail.com etik.com",
        mx="infomaniak.ch infomaniak.com",
        imap="mail.infomaniak.com 993",
        smtp="mail.infomaniak.com 465",
        note="With two-factor log-in on, Infomaniak wants a password of the mail address itself or of the device.",
    ),
    _provider(
        "Private Email",
        mx="privateemail.com",
        imap="mail.privateemail.com 993",
        pop3="mail.privateemail.com 995",
        smtp="mail.privateemail.com 465",
    ),
    _provider(
        "Rackspace",
        mx="emailsrvr.com",
        imap="secure.emailsrvr.com 993",
        pop3="secure.emailsrvr.com 995",
        smtp="secure.emailsrvr.com 465",
    ),
    _provider(
        "GoDaddy",
        mx="secureserver.net",
        imap="imap.secureserver.net 993",
        pop3="pop.secureserver.net 995",
        smtp="smtpout.secureserver.net 465",
    ),
    _provider(
        "Migadu",
        mx="migadu.com",
        imap="imap.migadu.com 993",
        pop3="pop.migadu.com 995",
        smtp="smtp.migadu.com 465",
    ),
    _provider(
        "Purelymail",
        domains="purelymail.com",
        mx="purelymail.com",
        imap="imap.purelymail.com 993",
        pop3="pop3.purelymail.com 995",
        smtp="smtp.purelymail.com 465",
    ),
    _provider(
        "Runbox",
        domains="runbox.com",
        mx="runbox.com",
        imap="mail.runbox.com 993",
        pop3="mail.runbox.com 995",
        smtp="mail.runbox.com 465",
    ),
    _provider(
        "Disroot",
        domains="disroot.org",
        mx="disroot.org",
        imap="disroot.org 993",
        pop3="disroot.org 995",
        smtp="disroot.org 465",
    ),
    _provider(
        "Orange",
        domains="orange.fr wanadoo.fr",
        mx="orange.fr",
        imap="imap.orange.fr 993",
        pop3="pop.orange.fr 995",
        smtp="smtp.orange.fr 465",
        note=_TURN_ON,
    ),
    _provider(
        "Free",
        domains="free.fr",
        mx="free.fr",
        imap="imap.free.fr 993",
        pop3="pop.free.fr 995",
        smtp="smtp.free.fr 465",
    ),
    _provider(
        "La Poste",
        domains="laposte.net",
        mx="laposte.net",
        imap="imap.laposte.net 993",
        pop3="pop.laposte.net 995",
        smtp="smtp.laposte.net 465",
        note=_TURN_ON,
    ),
    _provider(
        "Libero",
        domains="libero.it inwind.it iol.it blu.it",
        mx="libero.it",
        imap="imapmail.libero.it 993",
        pop3="popmail.libero.it 995",
        smtp="smtp.libero.it 465",
    ),
    _provider(
        "Seznam",
        domains="seznam.cz email.cz post.cz spoluzaci.cz",
        mx="seznam.cz",
        imap="imap.seznam.cz 993",
        pop3="pop3.seznam.cz 995",
        smtp="smtp.seznam.cz 465",
        note=_TURN_ON,
    ),
    _provider(
        "WP",
        domains="wp.pl",
        mx="wp.pl",
        imap="imap.wp.pl 993",
        pop3="pop3.wp.pl 995",
        smtp="smtp.wp.pl 465",
        note=_TURN_ON,
    ),
    _provider(
        "QQ Mail",
        domains="qq.com foxmail.com",
        mx="qq.com",
        imap="imap.qq.com 993",
        pop3="pop.qq.com 995",
        smtp="smtp.qq.com 465",
        ways=_APP,
        note="QQ wants an authorisation code, from the settings of its web mail (Account).",
    ),
    _provider(
        "NetEase 163",
        domains="163.com",
        imap="imap.163.com 993",
        pop3="pop.163.com 995",
        smtp="smtp.163.com 465",
        ways=_APP,
        note="NetEase wants an authorisation code, from the settings of its web mail (POP3/SMTP/IMAP).",
    ),
    _provider(
        "NetEase 126",
        domains="126.com",
        imap="imap.126.com 993",
        pop3="pop.126.com 995",
        smtp="smtp.126.com 465",
        ways=_APP,
        note="NetEase wants an authorisation code, from the settings of its web mail (POP3/SMTP/IMAP).",
    ),
    _provider(
        "NAVER",
        domains="naver.com",
        mx="naver.com",
        imap="imap.naver.com 993",
        pop3="pop.naver.com 995",
        smtp="smtp.naver.com 465",
        note=_TURN_ON,
    ),
    _provider(
        "Tuta",
        domains="tuta.com tuta.io tutanota.com tutanota.de tutamail.com keemail.me",
        mx="tutanota.de",
        note="Tuta offers neither IMAP nor POP3: only its own apps can read its mail.",
    ),
    _provider(
        "HEY",
        domains="hey.com",
        mx="hey.com",
        note="HEY offers neither IMAP nor POP3: only its own apps can read its mail.",
    ),
)
