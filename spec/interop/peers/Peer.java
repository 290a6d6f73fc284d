// Java's JSSE as a peer of luatls. What it is told, a line at a time, and what it
// answers stands in spec/interop/program.lua. It checks who it talks to. Its
// interface does not tell whether a session was resumed, so it does not either.

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public final class Peer {
  private static final String REQUEST = "GET / HTTP/1.0\r\n\r\n";
  private static final char[] PASSWORD = "interop".toCharArray();
  private static final int PATIENCE = 60_000; // ms

  private static TrustManagerFactory trust(String path)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream file = new FileInputStream(path)) {
      store.setCertificateEntry(
          "root", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    TrustManagerFactory result = TrustManagerFactory.getInstance("PKIX");
    result.init(store);
    return result;
  }

  private static KeyManagerFactory identity(String path)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream file = new FileInputStream(path)) {
      store.load(file, PASSWORD);
    }
    KeyManagerFactory result = KeyManagerFactory.getInstance("PKIX");
    result.init(store, PASSWORD);
    return result;
  }

  private static SSLContext context(Map<String, String> setup)
      throws GeneralSecurityException, IOException {
    String own = setup.get("pkcs12");
    SSLContext result = SSLContext.getInstance("TLS");
    result.init(
        own == null ? null : identity(own).getKeyManagers(),
        trust(setup.get("trust")).getTrustManagers(),
        null);
    return result;
  }

  private static void configure(SSLParameters parameters, Map<String, String> setup) {
    parameters.setProtocols(new String[] {"TLSv" + setup.get("version")});
    if (setup.containsKey("alpn")) {
      parameters.setApplicationProtocols(setup.get("alpn").split(","));
    }
  }

  private static String commonName(SSLSocket socket) {
    try {
      return socket.getSession().getPeerPrincipal().getName().replace("CN=", "");
    } catch (SSLPeerUnverifiedException none) {
      return "none";
    }
  }

  private static String tell(SSLSocket socket) {
    String protocol = socket.getApplicationProtocol();
    return "version=" + socket.getSession().getProtocol().replace("TLSv", "")
        + " alpn=" + (protocol.isEmpty() ? "none" : protocol)
        + " peer=" + commonName(socket);
  }

  private static void answer(SSLSocket socket) {
    try (socket) {
      socket.setSoTimeout(PATIENCE);
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      String line = reader.readLine();
      while (line != null && !line.isEmpty()) {
        line = reader.readLine();
      }
      write(socket, "HTTP/1.0 200 OK\r\n\r\n" + tell(socket) + "\n");
    } catch (IOException refused) {
      // The other side knows, and says.
    }
  }

  private static void write(SSLSocket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void acceptAll(SSLServerSocket listener) {
    try {
      while (true) {
        SSLSocket socket = (SSLSocket) listener.accept();
        start(() -> answer(socket));
      }
    } catch (IOException closed) {
      // The program ends.
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    thread.start();
  }

  private static String serve(Map<String, String> setup)
      throws GeneralSecurityException, IOException {
    SSLServerSocket listener =
        (SSLServerSocket)
            context(setup)
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    SSLParameters parameters = listener.getSSLParameters();
    configure(parameters, setup);
    parameters.setNeedClientAuth("required".equals(setup.get("auth")));
    listener.setSSLParameters(parameters);
    start(() -> acceptAll(listener));
    return Integer.toString(listener.getLocalPort());
  }

  private static String visit(SSLContext context, Map<String, String> setup)
      throws IOException {
    int port = Integer.parseInt(setup.get("port"));
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true)) {
      socket.setSoTimeout(PATIENCE);
      SSLParameters parameters = socket.getSSLParameters();
      configure(parameters, setup);
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      // By itself it sends no name without a dot.
      parameters.setServerNames(List.of(new SNIHostName("localhost")));
      socket.setSSLParameters(parameters);
      write(socket, REQUEST);
      String text =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      if (!text.contains(" 200 ")) {
        throw new IOException("there was no answer");
      }
      return tell(socket);
    }
  }

  private static String connect(Map<String, String> setup)
      throws GeneralSecurityException, IOException {
    SSLContext context = context(setup);
    List<String> told = new ArrayList<>();
    for (int i = Integer.parseInt(setup.get("times")); i > 0; i--) {
      told.add(visit(context, setup));
    }
    return String.join("; ", told);
  }

  private static String obey(String verb, Map<String, String> setup) {
    try {
      return verb.equals("serve") ? serve(setup) : connect(setup);
    } catch (GeneralSecurityException | IOException problem) {
      return "failed: " + problem.getMessage();
    }
  }

  public static void main(String[] args) throws IOException {
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      String[] words = line.split(" ");
      Map<String, String> setup = new HashMap<>();
      for (int i = 2; i < words.length; i++) {
        String[] pair = words[i].split("=", 2);
        setup.put(pair[0], pair[1]);
      }
      System.out.println("reply " + words[0] + ": " + obey(words[1], setup));
    }
  }
}
